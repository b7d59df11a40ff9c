import type { AgentModel } from "../../contracts/agent.ts";
import type { TaskError } from "../../contracts/error.ts";
import type { OpenRequest } from "../driver.ts";
import { effortsFor, refusedChoice } from "../refused-choice.ts";
import type { ClaudeProcess } from "./claude-process.ts";
import { turnFailure } from "./failure.ts";
import type { Result } from "./wire.ts";

/** What the task has named for its turns; null leaves it to Claude Code. */
export type Choices = Pick<OpenRequest, "model" | "effort">;

/** The word of Claude Code 2.1.330 for a model that is not there or not the account's. */
const MODEL_NOT_FOUND = "model_not_found";

interface Failed {
  readonly problem: string | null;
  readonly choices: Choices;
  readonly claude: Pick<ClaudeProcess, "models">;
}

/** What a failed turn means; where the model was refused, with those that this Claude Code knows. */
export function explained(result: Result, { problem, choices, claude }: Failed): TaskError {
  const failure = turnFailure(result);
  if (problem !== MODEL_NOT_FOUND) return failure;
  const { model } = choices;
  const { message } = failure;
  return refusedChoice({
    agent: "claude",
    what: "model",
    wanted: model,
    message,
    models: claude.models,
    model,
  });
}

/**
 * Claude Code passes over an effort that it does not know, with a line on stderr alone (2.1.330): it is refused by what
 * it has told of its models. Null where that is in order, or it tells of no efforts.
 */
export function refusedEffort(models: readonly AgentModel[], { model, effort }: Choices): TaskError | null {
  const known = effortsFor(models, model);
  if (effort === null || known.length === 0 || known.includes(effort)) return null;
  const whose = model === null ? "" : ` for the model ${model}`;
  const message = `Claude Code knows no effort ${JSON.stringify(effort)}${whose}.`;
  return refusedChoice({ agent: "claude", what: "effort", wanted: effort, message, models, model });
}
