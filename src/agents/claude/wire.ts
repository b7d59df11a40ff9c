import { z } from "zod";

const blockSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string() }),
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.unknown().optional(),
  }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.unknown().optional(),
    is_error: z.boolean().nullish(),
  }),
]);
export type Block = z.infer<typeof blockSchema>;

/** A block of a kind that is not known yet is kept by its type alone. */
export type AnyBlock = Block | { readonly type: "unknown"; readonly block: unknown };

const contentSchema = z
  .union([z.string(), z.array(z.unknown())])
  .transform((content): readonly AnyBlock[] =>
    typeof content === "string" ? [{ type: "text", text: content }] : content.map(blockOf),
  );

function blockOf(block: unknown): AnyBlock {
  return blockSchema.safeParse(block).data ?? { type: "unknown", block };
}

const parentSchema = z.string().nullish();

const assistantSchema = z.looseObject({
  type: z.literal("assistant"),
  parent_tool_use_id: parentSchema,
  /** A word for what went wrong; such a message is Claude Code's own, not the model's. */
  error: z.string().nullish(),
  message: z.looseObject({ content: contentSchema }),
});

const userSchema = z.looseObject({
  type: z.literal("user"),
  parent_tool_use_id: parentSchema,
  message: z.looseObject({ content: contentSchema }),
  /** A tool's result as data; the kind of tool decides its shape. */
  tool_use_result: z.unknown().optional(),
  tool_result_meta: z
    .array(
      z.looseObject({
        id: z.string(),
        permission_decision: z.looseObject({ decision: z.string() }).nullish().catch(null),
      }),
    )
    .catch([]),
});

const streamEventSchema = z.looseObject({
  type: z.literal("stream_event"),
  parent_tool_use_id: parentSchema,
  event: z.looseObject({ type: z.string(), delta: z.unknown().optional() }),
});

const modelUsageSchema = z.looseObject({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number().catch(0),
  cacheCreationInputTokens: z.number().catch(0),
  costUSD: z.number().nullish().catch(null),
});

/** Read so that every result is one: a turn that has ended must not look as if it went on. */
const resultSchema = z.looseObject({
  type: z.literal("result"),
  /** The one word on success: `subtype` says `success` for a failed request too (2.1.330). */
  is_error: z.boolean().catch(true),
  result: z.string().nullish().catch(null),
  errors: z.array(z.string()).catch([]),
  api_error_status: z.number().nullish().catch(null),
  terminal_reason: z.string().nullish().catch(null),
  /** The answer as data, where a JSON Schema was given and the model has followed it. */
  structured_output: z.unknown().optional(),
  /** By model, of this turn alone; the totals beside it go on counting over the life of the conversation. */
  model_usage_since_last_result: z.record(z.string(), modelUsageSchema).nullish().catch(null),
});
export type Result = z.infer<typeof resultSchema>;

const initSchema = z.looseObject({
  type: z.literal("system"),
  subtype: z.literal("init"),
  session_id: z.string(),
  tools: z.array(z.string()).catch([]),
});

/**
 * What becomes of a message that was sent with a `uuid`: queued when it was read, started when the model is given it.
 * One that was started is answered by the next result; one that was cancelled before, by none.
 */
const lifecycleSchema = z.looseObject({
  type: z.literal("command_lifecycle"),
  command_uuid: z.string(),
  state: z.string(),
});
export type MessageState = z.infer<typeof lifecycleSchema>;

const retrySchema = z.looseObject({
  type: z.literal("system"),
  subtype: z.literal("api_retry"),
  attempt: z.number(),
  max_retries: z.number(),
  error_status: z.number().nullish(),
  error: z.string().nullish(),
});
const deniedSchema = z.looseObject({
  type: z.literal("system"),
  subtype: z.literal("permission_denied"),
  tool_use_id: z.string(),
});

const systemSchema = z.discriminatedUnion("subtype", [initSchema, retrySchema, deniedSchema]);
const knownLineSchema = z.discriminatedUnion("type", [
  assistantSchema,
  userSchema,
  streamEventSchema,
  resultSchema,
  systemSchema,
  lifecycleSchema,
]);
export type KnownLine = z.infer<typeof knownLineSchema>;

/** What Claude Code 2.1.330 writes on stdout while a turn runs; null for what is not known (yet). */
export function readLine(value: unknown): KnownLine | null {
  return knownLineSchema.safeParse(value).data ?? null;
}

export const textDeltaSchema = z.looseObject({ type: z.literal("text_delta"), text: z.string() });

const controlRequestSchema = z.looseObject({
  type: z.literal("control_request"),
  request_id: z.string(),
  request: z.looseObject({ subtype: z.string() }),
});
export type ControlRequest = z.infer<typeof controlRequestSchema>;
const controlResponseSchema = z.looseObject({
  type: z.literal("control_response"),
  response: z.discriminatedUnion("subtype", [
    z.looseObject({
      subtype: z.literal("success"),
      request_id: z.string(),
      response: z.unknown().optional(),
    }),
    z.looseObject({ subtype: z.literal("error"), request_id: z.string(), error: z.string().catch("") }),
  ]),
});
const controlLineSchema = z.discriminatedUnion("type", [controlRequestSchema, controlResponseSchema]);
export type ControlLine = z.infer<typeof controlLineSchema>;

/** A request that Claude Code makes of us, or its answer to one of ours; null for other lines. */
export function readControlLine(value: unknown): ControlLine | null {
  return controlLineSchema.safeParse(value).data ?? null;
}

/** A call that needs a permission, and why it does. */
export const permissionSchema = z.looseObject({
  tool_name: z.string(),
  input: z.record(z.string(), z.unknown()),
  mcp_server: z.looseObject({ name: z.string() }).optional().catch(undefined),
  decision_reason: z.string().optional().catch(undefined),
  decision_reason_type: z.string().optional().catch(undefined),
  /** The user's rule that wants a question, where Claude Code has a reason of its own besides. */
  matched_ask_rule: z.unknown().optional(),
  requires_user_interaction: z.boolean().optional().catch(undefined),
  blocked_path: z.string().optional().catch(undefined),
  agent_id: z.string().optional().catch(undefined),
});
export type Permission = z.infer<typeof permissionSchema>;

/** A question of an MCP server to the user. */
export const elicitationSchema = z.looseObject({
  mcp_server_name: z.string(),
  message: z.string(),
  mode: z.literal("form").optional(),
  requested_schema: z.unknown().optional(),
});

const cancelSchema = z.looseObject({ type: z.literal("control_cancel_request"), request_id: z.string() });

/** The request of Claude Code that a line withdraws; null for other lines. */
export function readWithdrawn(value: unknown): string | null {
  return cancelSchema.safeParse(value).data?.request_id ?? null;
}

/** What the answer to `initialize` says of the login. */
export const accountSchema = z.looseObject({
  tokenSource: z.string().nullish(),
  apiKeySource: z.string().nullish(),
  subscriptionType: z.string().nullish(),
  apiProvider: z.string().nullish(),
});
export type Account = z.infer<typeof accountSchema>;

/** What the answer to `initialize` says. */
export const initializedSchema = z.looseObject({
  account: accountSchema.catch({}),
  claude_code_version: z.string().nullish().catch(null),
  models: z
    .array(z.looseObject({ value: z.string(), supportedEffortLevels: z.array(z.string()).catch([]) }))
    .catch([]),
});
export type Initialized = z.infer<typeof initializedSchema>;
