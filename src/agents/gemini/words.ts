import { z } from "zod";

import { taskError } from "../../contracts/error.ts";
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
  toolName: ({ toolCallId, title, kind }) => nameIn(toolCallId) ?? title ?? kind ?? "tool",
};

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
