import { lineBreakOf } from "./syntax.ts";

const BEGIN = "<!-- baton -->";
const END = "<!-- /baton -->";

const BODY = `## Other agents on this machine

The tools of the MCP server \`baton\` reach other coding agents (\`claude\`, \`codex\`, …).

- Ask one with \`ask_agent\` for a second opinion, a review, or when you are stuck: it reads this directory and changes nothing.
- Hand work over with \`delegate_task\` when another agent is better placed to do it, or when the user says so.
- Name a conversation that will go on (\`session\`), and continue it with the same \`session\`, or with the agent's own id (\`native_id\`). An answer that is \`working\` is fetched with \`wait_tasks\`.
- Do what you were asked yourself: when the task came from another agent, do not pass it on.`;

/** The text with Baton's lines in it, once, between their markers. */
export function withInstructions(text: string): string {
  const eol = lineBreakOf(text);
  const block = [BEGIN, BODY, END].join("\n").replaceAll("\n", eol);
  const present = rangeOf(text);
  if (present !== null) return text.slice(0, present.start) + block + text.slice(present.end);
  if (text === "") return block + eol;
  return text.endsWith("\n") ? `${text}${eol}${block}${eol}` : `${text}${eol}${eol}${block}`;
}

/** The text without Baton's lines, or with those of another text in their place. */
export function withoutInstructions(text: string, former: string): string {
  const present = rangeOf(text);
  if (present === null) return text;
  const old = rangeOf(former);
  if (old !== null) {
    return text.slice(0, present.start) + former.slice(old.start, old.end) + text.slice(present.end);
  }
  const after = text.slice(present.end).replace(/^\r?\n/, "");
  const before = text.slice(0, present.start).replace(/(^|\n)\r?\n$/, "$1");
  const isOpenEnd = present.end === text.length;
  return (isOpenEnd ? before.replace(/\r?\n$/, "") : before) + after;
}

function rangeOf(text: string): { readonly start: number; readonly end: number } | null {
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END, start);
  return start < 0 || end < 0 ? null : { start, end: end + END.length };
}
