import { z } from "zod";

import type { RateLimit } from "../../contracts/rate-limit.ts";

const windowSchema = z.looseObject({
  status: z.string().optional().catch(undefined),
  /** Of 1. */
  utilization: z.number().optional().catch(undefined),
  /** In seconds of Unix time. */
  resetsAt: z.number().optional().catch(undefined),
});

const eventSchema = z.looseObject({
  type: z.literal("rate_limit_event"),
  rate_limit_info: windowSchema.extend({
    rateLimitType: z.string().optional().catch(undefined),
    unifiedWindows: z.record(z.string(), windowSchema).catch({}),
  }),
});

const WORDS: Readonly<Record<string, string>> = {
  five_hour: "5h",
  seven_day: "weekly",
  seven_day_opus: "weekly opus",
  seven_day_sonnet: "weekly sonnet",
};

/** What Claude Code 2.1.330 tells of a subscription's limits when they have changed; null for other lines. */
export function rateLimitsIn(value: unknown, at = new Date()): readonly RateLimit[] | null {
  const info = eventSchema.safeParse(value).data?.rate_limit_info;
  if (info === undefined) return null;
  const { rateLimitType, unifiedWindows } = info;
  const alone = rateLimitType === undefined ? [] : [[rateLimitType, info] as const];
  // The one that is nearest comes by itself too, and alone where the windows are not told.
  const windows = new Map([...alone, ...Object.entries(unifiedWindows)]);
  return [...windows].map(([name, { status, utilization, resetsAt }]) => ({
    agent: "claude",
    window: WORDS[name] ?? name,
    used_percent: utilization === undefined ? whole(status) : Math.round(utilization * 1000) / 10,
    resets_at: resetsAt === undefined ? null : new Date(resetsAt * 1000).toISOString(),
    at: at.toISOString(),
  }));
}

function whole(status: string | undefined): number | null {
  return status === "rejected" ? 100 : null;
}
