import { z } from "zod";

/** How work is handed on: as the whole conversation, as a summary of it, or by files. */
export const HANDOFF_MODES = ["history", "summary", "artifact"] as const;
export const handoffModeSchema = z.enum(HANDOFF_MODES);
export type HandoffMode = z.infer<typeof handoffModeSchema>;

/** How much of a conversation is carried where nobody says it, in tokens as `core/tokens.ts` estimates them. */
export const DEFAULT_HISTORY_BUDGET = 100_000;

/** What a conversation may take that is carried. */
export const historyBudgetSchema = z.int().min(1_000).max(400_000);

const lossSchema = z.object({ what: z.string(), count: z.int(), why: z.string() });

/** What has come of the parts of a conversation. */
export const accountSchema = z.object({
  /** How many of each kind are there as they were: `user`, `assistant`, `tool`, `edit`, `plan`. */
  carried: z.record(z.string(), z.int().nonnegative()),
  /** What is there in words, or in another form than it was. */
  turned_to_text: z.array(lossSchema),
  dropped: z.array(lossSchema),
});
export type Account = z.infer<typeof accountSchema>;

/** The conversation that another one goes on from. */
export const continuedFromSchema = z.object({ agent: z.string(), native_id: z.string() });
export type ContinuedFrom = z.infer<typeof continuedFromSchema>;

/** The files by which work is handed on: the task that goes on has to go by `reads` and leave `writes`. */
export const handoffFilesSchema = z.object({
  /** Absolute. */
  reads: z.string(),
  /** Relative to the directory of the session. */
  writes: z.string(),
});
export type HandoffFiles = z.infer<typeof handoffFilesSchema>;

/** A handoff that is prepared: a session in which the other agent goes on. */
export const handoffSchema = accountSchema.extend({
  /** Our id of the new session. */
  session: z.string(),
  agent: z.string(),
  /** The agent's own id of it; null until it has begun. */
  native_id: z.string().nullable(),
  mode: handoffModeSchema,
  from: continuedFromSchema,
  /** Null unless it is handed on by files. */
  files: handoffFilesSchema.nullable(),
  /** What a person types to go on. */
  command: z.string(),
  warnings: z.array(z.string()),
});
export type Handoff = z.infer<typeof handoffSchema>;
