import { z } from "zod";

import type { RateLimit } from "../../contracts/rate-limit.ts";
import type { Notification } from "./rpc.ts";

const windowSchema = z
  .looseObject({
    usedPercent: z.number().nullish(),
    windowDurationMins: z.number().nullish(),
    resetsAt: z.number().nullish(),
  })
  .nullish();
const updateSchema = z.looseObject({
  rateLimits: z.looseObject({
    limitId: z.string().nullish(),
    limitName: z.string().nullish(),
    primary: windowSchema,
    secondary: windowSchema,
  }),
});
type Window = NonNullable<z.infer<typeof windowSchema>>;

/** The allowance that Codex counts everything in, unless it says otherwise. */
const MAIN_LIMIT = "codex";
const HOUR = 60;
const WEEK = 7 * 24 * HOUR;

/**
 * What Codex 0.169.0 tells of an account's allowance: after every answer of the model, as that answer's headers say it,
 * and empty where they do not. It is not asked for: that is a request of its own, and only a ChatGPT login may.
 */
export function rateLimitsIn({ method, params }: Notification, at: Date): readonly RateLimit[] {
  if (method !== "account/rateLimits/updated") return [];
  const told = updateSchema.safeParse(params).data?.rateLimits;
  if (told === undefined) return [];
  const id = told.limitId ?? MAIN_LIMIT;
  const prefix = id === MAIN_LIMIT ? "" : `${told.limitName ?? id} `;
  const windows = Object.entries({ primary: told.primary ?? null, secondary: told.secondary ?? null });
  return windows.flatMap(([name, window]) =>
    window === null ? [] : [limitOf(window, { name: prefix + spanOf(window, name), at })],
  );
}

function limitOf(
  { usedPercent = null, resetsAt = null }: Window,
  { name, at }: { readonly name: string; readonly at: Date },
): RateLimit {
  return {
    agent: "codex",
    window: name,
    used_percent: usedPercent,
    resets_at: resetsAt === null ? null : new Date(resetsAt * 1_000).toISOString(),
    at: at.toISOString(),
  };
}

/** How long a window is, in the words that Codex's own `/status` has for it. */
function spanOf({ windowDurationMins: minutes = null }: Window, otherwise: string): string {
  if (minutes === null) return otherwise;
  if (minutes === WEEK) return "weekly";
  return minutes % HOUR === 0 ? `${minutes / HOUR}h` : `${minutes}m`;
}
