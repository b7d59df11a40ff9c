import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { failureIn, type AcpProcess } from "./process.ts";
import { openedSchema, type Opened } from "./wire.ts";

/** A session that has just been opened. */
export interface FreshSession {
  readonly id: string;
  readonly title: string;
  readonly process: AcpProcess;
  readonly opened: Opened;
}

interface Choice {
  readonly value: string;
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
  const { title } = session;
  let now = session;
  if (model !== null) {
    const choice = configChoice(now, "model", model) ?? oldModelChoice(now, model);
    if (choice === null) {
      throw new BatonError("invalid_argument", `${title} lets no client choose its model.`, {
        hint: "Choose it in the agent's own configuration, and leave --model out.",
      });
    }
    now = await take(now, choice, "model");
  }
  if (effort === null) return;
  const choice = configChoice(now, "thought_level", effort);
  if (choice === null) {
    throw new BatonError("invalid_argument", `${title} offers no effort to choose with this model.`, {
      hint: "Leave --effort out.",
    });
  }
  await take(now, choice, "effort");
}

/**
 * Puts a session into a mode, which is what holds its access.
 * @throws BatonError `access_denied` when the agent has no such mode or does not take it
 */
export async function enterMode(session: FreshSession, mode: string): Promise<void> {
  const { title } = session;
  const choice = configChoice(session, "mode", mode) ?? oldModeChoice(session, mode);
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

async function take(session: FreshSession, choice: Choice, what: "model" | "effort"): Promise<FreshSession> {
  const { title, process } = session;
  const { value, known, current } = choice;
  if (value === current) return session;
  const unknown = () =>
    new BatonError("invalid_argument", `${title} has no ${what} ${JSON.stringify(value)}.`, {
      hint: known.length === 0 ? "It names none." : `It has: ${known.join(", ")}.`,
    });
  if (!known.includes(value)) throw unknown();
  const opened = await choice.set(value).catch((error: unknown) => {
    throw failureIn(error, process) === null ? error : unknown();
  });
  // What there is to choose may follow from what was chosen.
  const configOptions = openedSchema.safeParse(opened).data?.configOptions ?? null;
  return configOptions === null ? session : { ...session, opened: { ...session.opened, configOptions } };
}

function configChoice({ id, process, opened }: FreshSession, category: string, value: string): Choice | null {
  const option = opened.configOptions?.find((one) => one.category === category);
  if (option === undefined) return null;
  return {
    value,
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

function oldModelChoice({ id, process, opened }: FreshSession, value: string): Choice | null {
  const { models } = opened;
  if (models === null || models === undefined) return null;
  return {
    value,
    current: models.currentModelId,
    known: models.availableModels.map(({ modelId }) => modelId),
    set: (modelId) => process.request("session/set_model", { sessionId: id, modelId }, z.unknown()),
  };
}

function oldModeChoice({ id, process, opened }: FreshSession, value: string): Choice | null {
  const { modes } = opened;
  if (modes === null || modes === undefined) return null;
  return {
    value,
    current: modes.currentModeId,
    known: modes.availableModes.map((mode) => mode.id),
    set: (modeId) => process.request("session/set_mode", { sessionId: id, modeId }, z.unknown()),
  };
}
