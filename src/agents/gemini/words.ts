import { z } from "zod";

import { taskError } from "../../contracts/error.ts";
import type { FileChange } from "../../contracts/task.ts";
import type { AcpWords, TokenCounts } from "../acp/profile.ts";
import type { Prompted, ToolCall } from "../acp/wire.ts";
import { genericWords } from "../acp/words.ts";
import { LOGIN_HINT } from "./login.ts";

const TITLE = "Gemini CLI";
const generic = genericWords({ title: TITLE, login: LOGIN_HINT });

const count = z.number().int().nonnegative();
const quotaSchema = z.looseObject({
  quota: z.looseObject({ token_count: z.looseObject({ input_tokens: count, output_tokens: count }) }),
});

/** What Gemini CLI 0.61.0 says in its own way. */
export const geminiWords: AcpWords = {
  ...generic,
  failureOf: (failure) => generic.failureOf({ ...failure, message: plain(failure.message) }),
  usageOf,
  // It ends a turn as any other where its model's answer has broken off, and then knows of no tokens.
  disguised: (_, prompted) => {
    const usage = usageOf(prompted);
    if (usage === null || usage.input + usage.output > 0) return null;
    return taskError("agent_error", `${TITLE} has ended the turn without a whole answer of its model.`, {
      hint: "The connection to the model may have broken off, or it has refused. Continue the session to try again.",
      retryable: true,
    });
  },
  // The title of a command is the command itself (`getDisplayTitle`); there is no other word of it.
  commandOf: ({ kind, title }) => (kind === "execute" ? (title ?? null) : null),
  stuckOpening: (limitMs) =>
    taskError("agent_auth", `${TITLE} did not open a conversation within ${limitMs / 1_000} seconds.`, {
      hint: `Its login may have run out, so that it waits for a browser. ${LOGIN_HINT}`,
    }),
  changesOf: (call) =>
    generic.changesOf(call).map((change) => ({ ...change, kind: kindOf(call, change.path) ?? change.kind })),
  toolName: ({ toolCallId, title, kind }) => nameIn(toolCallId) ?? title ?? kind ?? "tool",
};

const apiErrorSchema = z.looseObject({ error: z.looseObject({ message: z.string() }) });

/** It hands on the JSON of the API's error as it came; the message may be such a JSON again. */
function plain(message: string): string {
  const inner = apiErrorSchema.safeParse(parsed(message)).data?.error.message;
  return inner === undefined ? message : plain(inner);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const diffSchema = z.looseObject({
  path: z.string(),
  _meta: z.looseObject({ kind: z.enum(["add", "modify", "delete"]) }),
});
const KINDS = { add: "add", modify: "update", delete: "delete" } as const;

/** What it says of a change beside what it was before and after, which is empty for a file that is new. */
function kindOf({ content }: ToolCall, path: string): FileChange["kind"] | null {
  const said = (content ?? []).flatMap((part) => diffSchema.safeParse(part).data ?? []);
  const change = said.find((diff) => diff.path === path);
  return change === undefined ? null : KINDS[change._meta.kind];
}

/** Requests of its own, such as those by which "auto" chooses a model, are not among them, nor is what was cached. */
function usageOf({ _meta }: Prompted): TokenCounts | null {
  const tokens = quotaSchema.safeParse(_meta).data?.quota.token_count;
  return tokens === undefined
    ? null
    : { input: tokens.input_tokens, cached: 0, output: tokens.output_tokens };
}

/** The id of a call begins with the name of its tool. */
function nameIn(toolCallId: ToolCall["toolCallId"]): string | null {
  return /^(\w+?)__/.exec(toolCallId)?.[1] ?? null;
}
