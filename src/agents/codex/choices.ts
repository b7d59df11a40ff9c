import { BatonError, type TaskError } from "../../contracts/error.ts";
import { limit } from "../../process/limit.ts";
import type { OpenRequest } from "../driver.ts";
import { noImages, refusedChoice, type RefusedChoice } from "../refused-choice.ts";
import { turnFailure } from "./failure.ts";
import { listModels } from "./models.ts";
import type { AppServer } from "./server.ts";
import type { TurnError } from "./wire.ts";

/** With a ChatGPT login Codex may ask OpenAI for its list; a turn does not wait long for that. */
const LIST_LIMIT_MS = 5_000;

/** What the task has named for its turns; null leaves it to Codex. */
export type Choices = Pick<OpenRequest, "model" | "effort">;

/** What a failed turn means; where the model or the effort was refused, with those that this Codex knows. */
export async function explained(
  server: Pick<AppServer, "request">,
  error: TurnError | null | undefined,
  choices: Choices,
): Promise<TaskError> {
  const failure = turnFailure(error);
  const what = refused(error);
  if (what === null) return failure;
  const { message } = failure;
  const models = await knownModels(server, "shown");
  return refusedChoice({
    agent: "codex",
    what,
    wanted: choices[what],
    message,
    models,
    model: choices.model,
  });
}

/**
 * Codex puts words in the place of an image that its model does not take, and goes on (0.169.0).
 * @throws BatonError `invalid_argument` where this Codex says so of the model
 */
export async function assertTakesImages(
  server: Pick<AppServer, "request">,
  model: string | null,
): Promise<void> {
  const models = await knownModels(server, "all");
  if (models.find(({ id }) => id === model)?.images !== false) return;
  throw BatonError.from(noImages("codex", `Codex's model ${model}`));
}

async function knownModels(server: Pick<AppServer, "request">, which: "shown" | "all") {
  const listed = listModels(server, which).catch(() => []);
  return (await Promise.race([listed, limit(LIST_LIMIT_MS)])) ?? [];
}

/** Words of OpenAI's answers that Codex 0.169.0 passes on without a word of its own for them. */
const MODEL_WORDS = /model is not supported when using Codex/;
const EFFORT_WORDS = /"param"\s*:\s*"reasoning\.effort"/;

function refused(error: TurnError | null | undefined): RefusedChoice["what"] | null {
  if (error === null || error === undefined) return null;
  if (error.codexErrorInfo === "modelNotFound" || MODEL_WORDS.test(error.message)) return "model";
  return EFFORT_WORDS.test(error.message) ? "effort" : null;
}
