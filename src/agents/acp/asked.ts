import { withoutControls } from "../../core/text.ts";
import type { AgentRequest } from "../driver.ts";
import { data, lines, oneLine } from "../wording.ts";
import type { AcpWords } from "./profile.ts";
import { subjectOf } from "./tool-calls.ts";
import type { ToolCall } from "./wire.ts";

/** Longest part of a file's change that is shown, in UTF-16 units. */
const DIFF_LENGTH = 8_000;

const CHANGING: ReadonlySet<string> = new Set(["edit", "delete", "move"]);

type Words = Pick<AcpWords, "commandOf">;

/** A step that the agent asks about, as a person sees it. */
export function askedIn(call: ToolCall, words: Words): AgentRequest {
  const kind = kindOf(call);
  return {
    kind,
    summary: summaryOf(kind, call, words),
    detail: lines({
      Tool: call.title,
      Kind: call.kind,
      Command: words.commandOf(call),
      Files: (call.locations ?? []).map(({ path }) => path).join("\n"),
      Changes: diffsOf(call),
      Input: cut(data(call.rawInput) ?? ""),
    }),
    options: [],
    takes: "decision",
  };
}

function kindOf({ kind }: ToolCall): AgentRequest["kind"] {
  if (kind === "execute") return "command";
  return CHANGING.has(kind ?? "") ? "file_change" : "tool";
}

/** Rules decide by it. A title is the agent's own wording, perhaps a part of what will run: no rule may approve by it. */
function summaryOf(kind: AgentRequest["kind"], call: ToolCall, words: Words): string {
  const command = words.commandOf(call);
  if (kind === "command" && command !== null) return oneLine(command);
  const title = withoutControls(call.title ?? call.kind ?? "a step");
  if (kind === "command") return oneLine(`${title}…`);
  if (kind === "file_change" && (call.locations ?? []).length > 0) return oneLine(subjectOf(call, words));
  return oneLine(`${[call.kind ?? "tool", title].join(": ")}…`);
}

function diffsOf({ content }: ToolCall): string {
  return (content ?? [])
    .flatMap((part) =>
      part.type === "diff" ? [`${part.path}\n- ${cut(part.oldText ?? "")}\n+ ${cut(part.newText)}`] : [],
    )
    .join("\n");
}

function cut(text: string): string {
  return text.length <= DIFF_LENGTH ? text : `${text.slice(0, DIFF_LENGTH).toWellFormed()}…`;
}
