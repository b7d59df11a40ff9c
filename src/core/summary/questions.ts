import { z } from "zod";
import { quotableLine } from "../context/quotable.ts";
import type { ToolUse } from "../transcript.ts";

/** The tools that ask the user: Claude Code 2.1.330, Codex 0.169.0, Gemini CLI 0.61.0. */
const ASKING: ReadonlySet<string> = new Set(["AskUserQuestion", "request_user_input", "ask_user"]);

const inputSchema = z.object({ questions: z.array(z.object({ question: z.string() })).min(1) });
const codexSchema = z.object({
  answers: z.record(z.string(), z.object({ answers: z.array(z.string()) })),
});
/** Claude Code writes `"question"="answer"` into one sentence. */
const PAIR = /"="([^"]*)"/g;

/** A question of the agent's and its answer, as one line; null for any other tool, or where there is no answer. */
export function answeredQuestion({ name, input, output, outcome }: ToolUse): string | null {
  if (!ASKING.has(name) || output === null || outcome === "denied" || outcome === "failed") return null;
  const asked = inputSchema.safeParse(input).data?.questions;
  if (asked === undefined) return null;
  const question = quotableLine(asked.map((it) => it.question).join(" / "), 220);
  return `The agent asked "${question}"; the user answered "${quotableLine(answerIn(output.text), 220)}"`;
}

function answerIn(text: string): string {
  const codex = codexSchema.safeParse(parsed(text)).data;
  if (codex !== undefined)
    return Object.values(codex.answers)
      .flatMap(({ answers }) => answers)
      .join(" / ");
  const pairs = Array.from(text.matchAll(PAIR), ([, answer = ""]) => answer);
  return pairs.length > 0 ? pairs.join(" / ") : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
