import { z } from "zod";
import { BatonError } from "../../contracts/error.ts";
import type { SessionChoice, StartTask } from "../../contracts/rpc.ts";
import { sentenceOf } from "../../contracts/sentence.ts";
import type { Access } from "../../contracts/task.ts";

const codexSchema = z.strictObject({
  prompt: z.string(),
  // Older versions had more of them; all that are not `never` ask.
  "approval-policy": z.enum(["on-request", "never", "untrusted", "on-failure"]).optional(),
  "base-instructions": z.string().optional(),
  "compact-prompt": z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  cwd: z.string().optional(),
  "developer-instructions": z.string().optional(),
  model: z.string().optional(),
  sandbox: z.enum(["read-only", "workspace-write", "danger-full-access"]).optional(),
  sessionId: z.string().min(1).optional(),
  resetSession: z.boolean().optional(),
  reasoningEffort: z.string().optional(),
  workingDirectory: z.string().optional(),
});

const replySchema = z.looseObject({
  prompt: z.string(),
  threadId: z.string().optional(),
  conversationId: z.string().optional(),
});

/** What a call of `codex` asks for, in Baton's words. */
export interface CodexCall extends Pick<StartTask, "prompt" | "session" | "model" | "effort"> {
  readonly access: Access;
  readonly mayAsk: boolean;
  readonly cwd: string | null;
}

/** The sandboxes in Baton's words; what is above the ceiling of the config is refused by the hub. */
const ACCESS = { "read-only": "read", "workspace-write": "write", "danger-full-access": "full" } as const;

/** @throws BatonError `invalid_argument` */
export function readCodex(given: unknown): CodexCall {
  const args = parsed(codexSchema, given);
  if (args["compact-prompt"] !== undefined) {
    throw new BatonError("invalid_argument", "compact-prompt is not supported", {
      hint: "Leave it out, or set `compact_prompt` in your own config.toml.",
    });
  }
  const config = readConfig(args.config ?? {});
  return {
    prompt: withInstructions(args.prompt, [args["base-instructions"], args["developer-instructions"]]),
    session: sessionOf(args),
    model: args.model ?? config.model ?? null,
    effort: args.reasoningEffort ?? config.model_reasoning_effort ?? null,
    access: ACCESS[args.sandbox ?? "read-only"],
    mayAsk: args["approval-policy"] !== "never",
    cwd: args.cwd ?? args.workingDirectory ?? null,
  };
}

export interface ReplyCall {
  readonly prompt: string;
  /** Codex's own id, or that of a session of Baton's. */
  readonly thread: string;
}

const THREAD = /^(s_\w+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** @throws BatonError `invalid_argument`, `session_not_found` */
export function readReply(given: unknown): ReplyCall {
  const { prompt, threadId, conversationId } = parsed(replySchema, given);
  const thread = threadId ?? conversationId;
  if (thread === undefined) {
    throw new BatonError("invalid_argument", "codex-reply needs the threadId of a conversation", {
      hint: "Pass the threadId that `codex` has returned.",
    });
  }
  // Any other text would be a name, and a new conversation in the stead of the one that is meant.
  if (THREAD.test(thread)) return { prompt, thread };
  throw new BatonError("session_not_found", `there is no thread ${JSON.stringify(thread)}`, {
    hint: "Pass the threadId that `codex` has returned.",
  });
}

function parsed<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data;
  throw new BatonError("invalid_argument", sentenceOf(result.error));
}

function sessionOf({ sessionId, resetSession }: z.infer<typeof codexSchema>): SessionChoice {
  if (sessionId === undefined) return { kind: "new" };
  return resetSession === true
    ? { kind: "renew", name: sessionId }
    : { kind: "reference", reference: sessionId };
}

const configSchema = z.strictObject({
  model: z.string().optional(),
  model_reasoning_effort: z.string().optional(),
});

/** Everything else could start programs, reach other providers or lift the sandbox. */
function readConfig(config: Readonly<Record<string, unknown>>): z.infer<typeof configSchema> {
  const refused = Object.keys(config).find((key) => !(key in configSchema.shape));
  if (refused === undefined) return parsed(configSchema, config);
  throw new BatonError("invalid_argument", `the config key ${JSON.stringify(refused)} is not taken`, {
    hint: `Baton takes ${Object.keys(configSchema.shape).join(" and ")}; the rest belongs into your own config.toml.`,
  });
}

/** Codex would take them as a role of their own; through Baton they go before the prompt, named as what they are. */
function withInstructions(prompt: string, instructions: readonly (string | undefined)[]): string {
  const given = instructions.filter((text) => text !== undefined && text !== "");
  if (given.length === 0) return prompt;
  return ["Instructions from the developer:", ...given, "The request:", prompt].join("\n\n");
}
