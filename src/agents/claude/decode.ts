import type { AgentEvent } from "../../contracts/event.ts";
import { callSummary, fileChange, resultSummary, toolKind } from "./tools.ts";
import {
  readLine,
  textDeltaSchema,
  type AnyBlock,
  type KnownLine,
  type MessageState,
  type Result,
} from "./wire.ts";

export const SOURCE = "claude";

/** What one line of Claude Code says. */
export interface Decoded {
  readonly events: readonly AgentEvent[];
  /** The conversation that a turn has begun in, and the tools it has. */
  readonly begun: Begun | null;
  /** What has become of a message of ours. */
  readonly message: MessageState | null;
  /** How the work on one or more messages ended. */
  readonly result: Result | null;
  /** Its own word for what went wrong, ahead of the result that tells it in a sentence. */
  readonly problem: string | null;
}

export interface Begun {
  readonly sessionId: string;
  readonly tools: readonly string[];
}

/** Calls of the running turn: what has begun, and what was refused. */
interface Calls {
  readonly names: Map<string, string>;
  readonly denied: Set<string>;
}

const NOTHING: Decoded = { events: [], begun: null, message: null, result: null, problem: null };

/** Lines of Claude Code 2.1.330 that say nothing beyond what other lines say. */
const SILENT: ReadonlySet<string> = new Set([
  "keep_alive",
  "system/status",
  "system/thinking_tokens",
  "system/commands_changed",
  "system/session_state_changed",
]);

/** Translates the lines of one turn, in their order. What is not known becomes a `raw` event. */
export function createDecoder(): (value: unknown) => Decoded {
  const calls: Calls = { names: new Map(), denied: new Set() };
  return (value) => {
    const line = readLine(value);
    if (line !== null) return decodeKnown(line, calls);
    return SILENT.has(nameOf(value)) ? NOTHING : said([raw(value)]);
  };
}

function decodeKnown(line: KnownLine, calls: Calls): Decoded {
  // A subagent's words are not the agent's; they stay for whoever looks closer.
  if ("parent_tool_use_id" in line && typeof line.parent_tool_use_id === "string") {
    return line.type === "stream_event" ? NOTHING : said([raw(line)]);
  }
  switch (line.type) {
    case "stream_event": {
      const delta = textDeltaSchema.safeParse(line.event.delta).data;
      return delta === undefined ? NOTHING : said([{ type: "message.delta", data: { text: delta.text } }]);
    }
    case "assistant":
      // Claude Code's own words on an error come again in the result.
      if (typeof line.error === "string") return { ...NOTHING, problem: line.error };
      return said(line.message.content.flatMap((block) => decodeSpoken(block, calls)));
    case "user":
      return said(line.message.content.flatMap((block) => decodeReturned(block, line, calls)));
    case "result":
      return { ...NOTHING, result: line };
    case "command_lifecycle":
      return { ...NOTHING, message: line };
    case "system":
      return decodeSystem(line, calls);
  }
}

function decodeSystem(line: Extract<KnownLine, { type: "system" }>, calls: Calls): Decoded {
  switch (line.subtype) {
    case "init":
      return { ...NOTHING, begun: { sessionId: line.session_id, tools: line.tools } };
    case "permission_denied":
      calls.denied.add(line.tool_use_id);
      return NOTHING;
    case "api_retry": {
      const cause = [line.error_status, line.error].filter((part) => part !== null && part !== undefined);
      const message = `Claude Code tries its request again (${line.attempt} of ${line.max_retries}): ${cause.join(" ")}`;
      return said([{ type: "warning", data: { message } }]);
    }
  }
}

function decodeSpoken(block: AnyBlock, calls: Calls): readonly AgentEvent[] {
  switch (block.type) {
    case "text":
      return block.text === "" ? [] : [{ type: "message", data: { text: block.text } }];
    case "thinking":
      return block.thinking === "" ? [] : [{ type: "reasoning", data: { text: block.thinking } }];
    case "tool_use": {
      const { id, name, input } = block;
      calls.names.set(id, name);
      return [
        { type: "tool.started", data: { id, kind: toolKind(name), name, summary: callSummary(input) } },
      ];
    }
    case "tool_result":
      return [raw(block)];
    case "unknown":
      return [raw(block.block)];
  }
}

function decodeReturned(
  block: AnyBlock,
  line: Extract<KnownLine, { type: "user" }>,
  calls: Calls,
): readonly AgentEvent[] {
  // Text here is what Claude Code tells its model, such as that it was interrupted.
  if (block.type === "text") return [];
  if (block.type !== "tool_result") return [raw(block.type === "unknown" ? block.block : block)];
  const id = block.tool_use_id;
  const outcome = outcomeOf(block.is_error === true, isDenied(id, line, calls));
  const finished: AgentEvent = {
    type: "tool.finished",
    data: { id, outcome, summary: resultSummary(block.content) },
  };
  const change = outcome === "ok" ? fileChange(calls.names.get(id) ?? "", line.tool_use_result) : null;
  return change === null ? [finished] : [finished, { type: "file.changed", data: change }];
}

function outcomeOf(isError: boolean, isDenied: boolean): "ok" | "failed" | "denied" {
  if (!isError) return "ok";
  return isDenied ? "denied" : "failed";
}

function isDenied(id: string, line: Extract<KnownLine, { type: "user" }>, calls: Calls): boolean {
  const meta = line.tool_result_meta.find((entry) => entry.id === id);
  return calls.denied.has(id) || meta?.permission_decision?.decision === "reject";
}

function said(events: readonly AgentEvent[]): Decoded {
  return { ...NOTHING, events };
}

function raw(payload: unknown): AgentEvent {
  return { type: "raw", data: { source: SOURCE, payload } };
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("type" in value)) return "";
  const subtype = "subtype" in value ? `/${String(value.subtype)}` : "";
  return `${String(value.type)}${subtype}`;
}
