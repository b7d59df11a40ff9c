import type { z } from "zod";

import type { AgentEvent } from "../../contracts/event.ts";
import type { FileChange } from "../../contracts/task.ts";
import { summaryOf } from "../summary.ts";
import {
  agentMessageSchema,
  commandSchema,
  fileChangeItemSchema,
  mcpCallSchema,
  namedCallSchema,
  reasoningSchema,
  webSearchSchema,
  type itemSchema,
} from "./wire.ts";

type Item = z.infer<typeof itemSchema>;
type ToolKind = Extract<AgentEvent, { type: "tool.started" }>["data"]["kind"];
type Outcome = Extract<AgentEvent, { type: "tool.finished" }>["data"]["outcome"];

/** A tool's item in the words of the contract. */
interface ToolCall {
  readonly kind: ToolKind;
  readonly name: string;
  readonly summary: string;
  readonly status: string;
  /** What there is to say when it is over. */
  readonly result: string;
  readonly changes: readonly FileChange[];
}

/** Items that say nothing of their own: the prompt itself, and marks of the interface. */
const SILENT_ITEMS: ReadonlySet<string> = new Set([
  "userMessage",
  "hookPrompt",
  "enteredReviewMode",
  "exitedReviewMode",
]);

/** The events of an item that has begun. Messages and reasoning are told when they are whole. */
export function startedItem(item: Item): readonly AgentEvent[] {
  const call = toolCall(item);
  if (call === null) return [];
  const { kind, name, summary } = call;
  return [{ type: "tool.started", data: { id: item.id, kind, name, summary } }];
}

/** The events of a finished item; one of a kind that is not known is kept as it is. */
export function finishedItem(item: Item): readonly AgentEvent[] {
  if (SILENT_ITEMS.has(item.type)) return [];
  if (item.type === "agentMessage") {
    const message = agentMessageSchema.safeParse(item).data;
    return message === undefined ? unknownItem(item) : [{ type: "message", data: { text: message.text } }];
  }
  if (item.type === "reasoning") return reasoning(item);
  const call = toolCall(item);
  if (call === null) return unknownItem(item);
  const outcome = OUTCOMES[call.status] ?? "ok";
  const changes = outcome === "ok" ? call.changes : [];
  return [
    ...changes.map((data): AgentEvent => ({ type: "file.changed", data })),
    { type: "tool.finished", data: { id: item.id, outcome, summary: call.result } },
  ];
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  completed: "ok",
  failed: "failed",
  interrupted: "failed",
  declined: "denied",
};

function reasoning(item: Item): readonly AgentEvent[] {
  const { summary, content } = reasoningSchema.parse(item);
  const text = (summary.length > 0 ? summary : content).join("\n\n");
  return text === "" ? [] : [{ type: "reasoning", data: { text } }];
}

function unknownItem(item: Item): readonly AgentEvent[] {
  return [{ type: "raw", data: { source: "codex", payload: { item } } }];
}

function toolCall(item: Item): ToolCall | null {
  return TOOLS[item.type]?.(item) ?? null;
}

const TOOLS: Readonly<Record<string, (item: Item) => ToolCall | null>> = {
  commandExecution: (item) => {
    const read = commandSchema.safeParse(item).data;
    if (read === undefined) return null;
    const exit = read.exitCode === undefined || read.exitCode === null ? "" : `exit ${read.exitCode}`;
    const output = lastLine(read.aggregatedOutput ?? "");
    return call("command", "shell", read, {
      summary: read.command,
      result: [exit, output].filter((part) => part !== "").join(": "),
    });
  },
  fileChange: (item) => {
    const read = fileChangeItemSchema.safeParse(item).data;
    if (read === undefined) return null;
    const changes = read.changes.flatMap(fileChanges);
    const summary = changes.map(({ kind, path }) => `${kind} ${path}`).join(", ");
    return { ...call("file", "apply_patch", read, { summary, result: summary }), changes };
  },
  mcpToolCall: (item) => {
    const read = mcpCallSchema.safeParse(item).data;
    if (read === undefined) return null;
    const summary = JSON.stringify(read.arguments ?? {});
    return call("mcp", `${read.server}.${read.tool}`, read, { summary, result: read.error?.message ?? "" });
  },
  webSearch: (item) => {
    const { query } = webSearchSchema.parse(item);
    return call("search", "web_search", { status: "completed" }, { summary: query, result: query });
  },
  dynamicToolCall: (item) => namedCall("other", item),
  collabAgentToolCall: (item) => namedCall("agent", item),
};

function namedCall(kind: ToolKind, item: Item): ToolCall | null {
  const read = namedCallSchema.safeParse(item).data;
  return read === undefined
    ? null
    : call(kind, read.tool, read, { summary: read.prompt ?? read.tool, result: "" });
}

function call(
  kind: ToolKind,
  name: string,
  { status }: { status: string },
  { summary, result }: { summary: string; result: string },
): ToolCall {
  return { kind, name, status, summary: summaryOf(summary), result: summaryOf(result), changes: [] };
}

/** A moved file is one gone and one new. */
function fileChanges({
  path,
  kind,
}: z.infer<typeof fileChangeItemSchema>["changes"][number]): readonly FileChange[] {
  if (kind.type === "add" || kind.type === "delete") return [{ path, kind: kind.type }];
  const moved = kind.move_path ?? null;
  if (moved === null) return [{ path, kind: "update" }];
  return [
    { path, kind: "delete" },
    { path: moved, kind: "add" },
  ];
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
