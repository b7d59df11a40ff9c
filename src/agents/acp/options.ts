import { z } from "zod";

import type { AgentModel } from "../../contracts/agent.ts";
import { BatonError } from "../../contracts/error.ts";
import { refusedChoice } from "../refused-choice.ts";
import { failureIn, type AcpProcess } from "./process.ts";
import { wordsOf } from "./words.ts";
import { openedSchema, type ConfigOption, type Opened } from "./wire.ts";

/** A session that has just been opened. */
export interface FreshSession {
  readonly id: string;
  readonly agent: string;
  readonly title: string;
  readonly process: AcpProcess;
  readonly opened: Opened;
}

interface Choice {
  readonly current: string | null;
  readonly set: (value: string) => Promise<unknown>;
  readonly known: readonly string[];
}

/**
 * Puts a session on a model and an effort.
 * @throws BatonError `invalid_argument`, with those that the agent has
 */
export async function chooseModel(
  session: FreshSession,
  { model, effort }: { readonly model: string | null; readonly effort: string | null },
): Promise<void> {
  let now = session;
  if (model !== null) now = await take(now, { what: "model", wanted: model, model: null });
  if (effort !== null) await take(now, { what: "effort", wanted: effort, model });
}

/** The models that a session offers, in the agent's order; efforts are those of the one that it is on. */
export function modelsOf({ opened }: Pick<FreshSession, "opened">): readonly AgentModel[] {
  const { ids, current } = offeredModels(opened);
  const efforts = optionOf(opened, "thought_level")?.options.map(({ value }) => value) ?? [];
  return ids.map((id) => {
    const isCurrent = id === current;
    return { id, default: isCurrent, efforts: isCurrent ? efforts : [], images: null };
  });
}

function offeredModels(opened: Opened): { readonly ids: readonly string[]; readonly current: unknown } {
  const option = optionOf(opened, "model");
  if (option !== null) return { ids: option.options.map(({ value }) => value), current: option.currentValue };
  const { availableModels = [], currentModelId } = opened.models ?? {};
  return { ids: availableModels.map(({ modelId }) => modelId), current: currentModelId };
}

function optionOf({ configOptions }: Opened, category: string): ConfigOption | null {
  return configOptions?.find((option) => option.category === category) ?? null;
}

/**
 * Puts a session into a mode, which is what holds its access.
 * @throws BatonError `access_denied` when the agent has no such mode or does not take it
 */
export async function enterMode(session: FreshSession, mode: string): Promise<void> {
  const { title } = session;
  const choice = configChoice(session, "mode") ?? oldModeChoice(session);
  if (choice !== null && choice.known.includes(mode)) {
    const refusal = await choice.set(mode).then(
      () => null,
      (error: unknown) => error,
    );
    if (refusal === null) return;
    if (failureIn(refusal, session.process) === null) throw refusal;
  }
  const known = choice?.known ?? [];
  throw new BatonError(
    "access_denied",
    `${title} has no mode ${JSON.stringify(mode)}, which is to hold its access.`,
    {
      hint:
        known.length === 0
          ? "It offers no modes. Take the mode out of its table in Baton's config."
          : `It has ${known.join(", ")}. Correct [agents.<name>.modes] in Baton's config.`,
    },
  );
}

interface Wanted {
  readonly what: "model" | "effort";
  readonly wanted: string;
  /** The model that an effort is for, where one was named. */
  readonly model: string | null;
}

async function take(session: FreshSession, { what, wanted, model }: Wanted): Promise<FreshSession> {
  const { agent, title, process } = session;
  const choice =
    what === "model"
      ? (configChoice(session, "model") ?? oldModelChoice(session))
      : configChoice(session, "thought_level");
  const refused = (message: string) =>
    BatonError.from(refusedChoice({ agent, what, wanted, message, models: modelsOf(session), model }));
  if (choice === null) throw refused(`${title} offers no ${what} to choose.`);
  if (wanted === choice.current) return session;
  if (!choice.known.includes(wanted)) throw refused(`${title} has no ${what} ${JSON.stringify(wanted)}.`);
  const answer = await choice.set(wanted).catch((error: unknown) => {
    const failure = failureIn(error, process);
    throw failure === null ? error : refused(`${title}: ${wordsOf(failure)}`);
  });
  // What there is to choose may follow from what was chosen.
  const configOptions = openedSchema.safeParse(answer).data?.configOptions ?? null;
  return configOptions === null ? session : { ...session, opened: { ...session.opened, configOptions } };
}

function configChoice({ id, process, opened }: FreshSession, category: string): Choice | null {
  const option = optionOf(opened, category);
  if (option === null) return null;
  return {
    current: typeof option.currentValue === "string" ? option.currentValue : null,
    known: option.options.map((one) => one.value),
    set: (chosen) =>
      process.request(
        "session/set_config_option",
        { sessionId: id, configId: option.id, value: chosen },
        z.unknown(),
      ),
  };
}

function oldModelChoice({ id, process, opened }: FreshSession): Choice | null {
  const { models } = opened;
  if (models === null || models === undefined) return null;
  return {
    current: models.currentModelId,
    known: models.availableModels.map(({ modelId }) => modelId),
    set: (modelId) => process.request("session/set_model", { sessionId: id, modelId }, z.unknown()),
  };
}

function oldModeChoice({ id, process, opened }: FreshSession): Choice | null {
  const { modes } = opened;
  if (modes === null || modes === undefined) return null;
  return {
    current: modes.currentModeId,
    known: modes.availableModes.map((mode) => mode.id),
    set: (modeId) => process.request("session/set_mode", { sessionId: id, modeId }, z.unknown()),
  };
}
