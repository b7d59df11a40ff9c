import { z } from "zod";
import { rateLimitSchema } from "./rate-limit.ts";

/** What usage can be added up by. */
export const USAGE_GROUPS = ["task", "session", "root", "agent", "day"] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Tokens and money of a group of tasks; `cost_usd` of those whose agents tell it, null when none does. */
export const usageRowSchema = z.object({
  /** The id of a task, session or root, the name of an agent, or a day (UTC). */
  key: z.string(),
  /** Null where a group holds the tasks of several agents. */
  agent: z.string().nullable(),
  tasks: z.int(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.number().nullable(),
  /** How many of the tasks were billed to what. */
  billed_to: z.object({ subscription: z.int(), api_key: z.int(), unknown: z.int() }),
});
export type UsageRow = z.infer<typeof usageRowSchema>;

/** `baton usage --json`: the groups, the newest or dearest first, and what the agents tell of their limits. */
export const usageReportSchema = z.object({
  items: z.array(usageRowSchema),
  next: z.null(),
  rate_limits: z.array(rateLimitSchema),
});
export type UsageReport = z.infer<typeof usageReportSchema>;
