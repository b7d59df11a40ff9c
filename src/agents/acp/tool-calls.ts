import type { AgentEvent } from "../../contracts/event.ts";
import { summaryOf } from "../summary.ts";
import type { AcpWords } from "./profile.ts";
import type { ToolCall } from "./wire.ts";

type ToolKind = Extract<AgentEvent, { type: "tool.started" }>["data"]["kind"];

/** A call under way: all that was heard of it so far, and what was decided. */
export interface OpenCall {
  readonly call: ToolCall;
  readonly name: string;
  readonly isTold: boolean;
  readonly verdict: "unasked" | "approved" | "denied";
}

export type OpenCalls = ReadonlyMap<string, OpenCall>;

export interface CallsHeard {
  readonly calls: OpenCalls;
  readonly events: readonly AgentEvent[];
  /** A call that is done now; null when none is. */
  readonly done: OpenCall | null;
}

const KINDS: Readonly<Record<string, ToolKind>> = {
  execute: "command",
  read: "file",
  edit: "file",
  delete: "file",
  move: "file",
  search: "search",
  fetch: "search",
};

/** Adds what is heard of a call; tells that it has begun once more than its name is known, and how it ended. */
export function hearCall(calls: OpenCalls, heard: ToolCall, words: AcpWords): CallsHeard {
  const before = calls.get(heard.toolCallId);
  const open = before === undefined ? beginning(heard, words) : goingOn(before, heard);
  const status = open.call.status ?? "in_progress";
  const started = open.isTold && before?.isTold !== true ? [startOf(open, words)] : [];
  if (status !== "completed" && status !== "failed") {
    return { calls: new Map([...calls, [heard.toolCallId, open]]), events: started, done: null };
  }
  const rest = new Map([...calls].filter(([id]) => id !== heard.toolCallId));
  return { calls: rest, events: [...started, ...endOf(open, status, words)], done: open };
}

function beginning(call: ToolCall, words: AcpWords): OpenCall {
  return { call, name: words.toolName(call), isTold: call.status !== "pending", verdict: "unasked" };
}

function goingOn(before: OpenCall, heard: ToolCall): OpenCall {
  const call = merged(before.call, heard);
  return { ...before, call, isTold: before.isTold || call.status !== "pending" };
}

/** What was decided about a call that the agent has asked about. */
export function decideCall(calls: OpenCalls, id: string, verdict: OpenCall["verdict"]): OpenCalls {
  const open = calls.get(id);
  return open === undefined ? calls : new Map([...calls, [id, { ...open, verdict }]]);
}

/** Calls that were told to have begun end with their turn. */
export function endOfCalls(calls: OpenCalls): readonly AgentEvent[] {
  return [...calls.values()]
    .filter(({ isTold }) => isTold)
    .map(({ call }) => ({
      type: "tool.finished",
      data: { id: call.toolCallId, outcome: "failed", summary: "It had not finished when the turn ended." },
    }));
}

function merged(before: ToolCall, heard: ToolCall): ToolCall {
  const said = Object.entries(heard).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(said), toolCallId: before.toolCallId };
}

function startOf({ call, name }: OpenCall, words: AcpWords): AgentEvent {
  const kind = KINDS[call.kind ?? ""] ?? "other";
  return {
    type: "tool.started",
    data: { id: call.toolCallId, kind, name, summary: summaryOf(subjectOf(call, words)) },
  };
}

function endOf({ call, verdict }: OpenCall, status: string, words: AcpWords): readonly AgentEvent[] {
  const isOk = status === "completed";
  const failed = verdict === "denied" ? "denied" : "failed";
  const outcome = isOk ? "ok" : failed;
  const changes = isOk ? words.changesOf(call) : [];
  return [
    ...changes.map((data): AgentEvent => ({ type: "file.changed", data })),
    {
      type: "tool.finished",
      data: { id: call.toolCallId, outcome, summary: summaryOf(textsOf(call).join("\n")) },
    },
  ];
}

/** What a call is about, as far as it says: the command, the files, the title. */
export function subjectOf(call: ToolCall, { commandOf }: Pick<AcpWords, "commandOf">): string {
  const files = (call.locations ?? []).map((location) => location.path);
  return (
    commandOf(call) ?? (call.kind !== "execute" && files.length > 0 ? files.join(", ") : (call.title ?? ""))
  );
}

function textsOf({ content }: ToolCall): readonly string[] {
  return (content ?? []).flatMap((part) => (part.type === "content" ? [part.content.text] : []));
}
