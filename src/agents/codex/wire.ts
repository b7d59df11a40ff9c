import { z } from "zod";

/** What `codex app-server` 0.169.0 says about a turn, as far as we read it. Loose: later versions add fields. */

export const turnErrorSchema = z.looseObject({
  message: z.string(),
  codexErrorInfo: z.unknown().optional(),
  additionalDetails: z.string().nullish(),
});
export type TurnError = z.infer<typeof turnErrorSchema>;

/** Of every item we need its type and id; the rest is read by type. */
export const itemSchema = z.looseObject({ type: z.string(), id: z.string() });

export const agentMessageSchema = z.looseObject({ type: z.literal("agentMessage"), text: z.string() });

export const reasoningSchema = z.looseObject({
  summary: z.array(z.string()).catch([]),
  content: z.array(z.string()).catch([]),
});

const statusSchema = z.string().catch("completed");

export const commandSchema = z.looseObject({
  command: z.string(),
  status: statusSchema,
  exitCode: z.number().nullish(),
  aggregatedOutput: z.string().nullish(),
});

export const fileChangeItemSchema = z.looseObject({
  status: statusSchema,
  changes: z.array(
    z.looseObject({
      path: z.string(),
      kind: z.looseObject({ type: z.string(), move_path: z.string().nullish() }),
      diff: z.string().catch(""),
    }),
  ),
});

export type FileChanges = z.infer<typeof fileChangeItemSchema>["changes"];

export const mcpCallSchema = z.looseObject({
  server: z.string(),
  tool: z.string(),
  status: statusSchema,
  arguments: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).nullish(),
});

export const webSearchSchema = z.looseObject({ query: z.string().catch("") });

/** Tools that share a name and a status: dynamic tools and calls of sub-agents. */
export const namedCallSchema = z.looseObject({
  tool: z.string(),
  status: statusSchema,
  prompt: z.string().nullish(),
});

const tokensSchema = z.looseObject({
  inputTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
});

/** The notifications of a turn that we understand, by method. */
export const paramsByMethod = {
  "item/agentMessage/delta": z.looseObject({ delta: z.string() }),
  "item/started": z.looseObject({ item: itemSchema }),
  "item/completed": z.looseObject({ item: itemSchema }),
  "thread/tokenUsage/updated": z.looseObject({ tokenUsage: z.looseObject({ last: tokensSchema }) }),
  error: z.looseObject({ error: turnErrorSchema, willRetry: z.boolean() }),
  warning: z.looseObject({ message: z.string() }),
  guardianWarning: z.looseObject({ message: z.string() }),
  "model/rerouted": z.looseObject({ fromModel: z.string(), toModel: z.string() }),
  "turn/completed": z.looseObject({
    turn: z.looseObject({
      id: z.string(),
      status: z.string(),
      error: turnErrorSchema.nullish(),
    }),
  }),
} as const;
export type KnownMethod = keyof typeof paramsByMethod;

/** Which thread and which turn a notification is about. */
export const placeSchema = z.looseObject({
  threadId: z.string().optional(),
  turnId: z.string().nullish(),
  turn: z.looseObject({ id: z.string(), rootTurnId: z.string().nullish() }).optional(),
});

/** Notifications that repeat what another one says whole, or that are about the program and not about the work. */
export const REDUNDANT_METHODS: ReadonlySet<string> = new Set([
  "turn/started",
  "turn/diff/updated",
  "thread/started",
  "thread/status/changed",
  "thread/readState/changed",
  "thread/settings/updated",
  "thread/name/updated",
  "account/rateLimits/updated",
  "item/reasoning/summaryPartAdded",
  "item/reasoning/summaryTextDelta",
  "item/reasoning/textDelta",
  "item/commandExecution/outputDelta",
  "item/commandExecution/terminalInteraction",
  "item/fileChange/outputDelta",
  "item/fileChange/patchUpdated",
  "mcpServer/startupStatus/updated",
  "serverRequest/resolved",
  "hook/started",
  "hook/completed",
]);
