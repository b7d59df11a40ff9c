import type { AgentEvent } from "../../contracts/event.ts";
import type { AcpWords } from "./profile.ts";
import { decideCall, endOfCalls, hearCall, type OpenCall, type OpenCalls } from "./tool-calls.ts";
import {
  chunkSchema,
  noticeSchema,
  planSchema,
  toolCallSchema,
  usageUpdateSchema,
  type ToolCall,
  type Update,
} from "./wire.ts";

/** What is known of a running turn. */
export interface TurnState {
  readonly words: AcpWords;
  /** The message that is being written; its id where the agent gives one. */
  readonly message: { readonly id: string | null; readonly text: string } | null;
  readonly thought: string;
  /** The newest finished message: the answer, once the turn is over. */
  readonly answer: string | null;
  readonly calls: OpenCalls;
  /** What the whole session has cost by now, in US dollars; null where the agent does not tell. */
  readonly costUsd: number | null;
  /** Ids of the messages of this turn. */
  readonly messages: readonly string[];
  /** Whether the agent has said or done anything. */
  readonly isBegun: boolean;
}

export interface Decoded {
  readonly state: TurnState;
  readonly events: readonly AgentEvent[];
  /** A call that is done now. */
  readonly done: OpenCall | null;
}

export function newTurn(words: AcpWords): TurnState {
  return {
    words,
    message: null,
    thought: "",
    answer: null,
    calls: new Map(),
    costUsd: null,
    messages: [],
    isBegun: false,
  };
}

/** Reads one update of a turn. What is not known, or not in the form that is known, is kept as `raw`. */
export function decode(state: TurnState, update: Update): Decoded {
  const read = READERS[update.sessionUpdate];
  return read === undefined ? raw(state, update) : read(state, update);
}

/** Adds what a permission request says of its call. */
export function decodeAsked(state: TurnState, call: ToolCall): Decoded {
  // Nothing runs yet, whatever the status says.
  return told(state, { ...call, status: "pending" });
}

export function decide(state: TurnState, id: string, verdict: OpenCall["verdict"]): TurnState {
  return { ...state, calls: decideCall(state.calls, id, verdict) };
}

/** What is still open when the turn is over: its last message, calls without an end. */
export function closeTurn(state: TurnState): Decoded {
  const flushed = flush(state);
  const events = [...flushed.events, ...endOfCalls(state.calls)];
  return { state: { ...flushed.state, calls: new Map() }, events, done: null };
}

type Reader = (state: TurnState, update: Update) => Decoded;

const silent: Reader = (state) => ({ state, events: [], done: null });

/** Updates of ACP, version 1, by their name. */
const READERS: Readonly<Record<string, Reader>> = {
  agent_message_chunk: said,
  agent_thought_chunk: thought,
  tool_call: tool,
  tool_call_update: tool,
  plan: planned,
  usage_update: cost,
  notice,
  // The prompt itself, and what an editor would show around the conversation.
  user_message_chunk: silent,
  available_commands_update: silent,
  current_mode_update: silent,
  config_option_update: silent,
  session_info_update: silent,
};

function said(state: TurnState, update: Update): Decoded {
  const chunk = chunkSchema.safeParse(update).data;
  if (chunk === undefined) return raw(state, update);
  const { text } = chunk.content;
  const id = chunk.messageId ?? null;
  const isNext = state.message !== null && id !== null && state.message.id !== id;
  const { state: before, events } = isNext ? flush(state) : flushThought(state);
  const message = { id, text: (before.message?.text ?? "") + text };
  const messages = id === null || before.messages.includes(id) ? before.messages : [...before.messages, id];
  const delta: AgentEvent = { type: "message.delta", data: { text: text } };
  return { state: { ...before, message, messages, isBegun: true }, events: [...events, delta], done: null };
}

function thought(state: TurnState, update: Update): Decoded {
  const chunk = chunkSchema.safeParse(update).data;
  if (chunk === undefined) return raw(state, update);
  const { state: before, events } = flushMessage(state);
  const whole = before.thought + chunk.content.text;
  return { state: { ...before, thought: whole, isBegun: true }, events, done: null };
}

function tool(state: TurnState, update: Update): Decoded {
  const call = toolCallSchema.safeParse(update).data;
  return call === undefined ? raw(state, update) : told(state, call);
}

function told(state: TurnState, call: ToolCall): Decoded {
  const { state: before, events } = flush(state);
  const heard = hearCall(before.calls, call, state.words);
  return {
    state: { ...before, calls: heard.calls, isBegun: true },
    events: [...events, ...heard.events],
    done: heard.done,
  };
}

const MARKS: Readonly<Record<string, string>> = { completed: "x", in_progress: "~" };

/** A plan is said as a whole each time. */
function planned(state: TurnState, update: Update): Decoded {
  const plan = planSchema.safeParse(update).data;
  if (plan === undefined) return raw(state, update);
  const { state: before, events } = flush(state);
  const lines = plan.entries.map(({ content, status }) => `- [${MARKS[status] ?? " "}] ${content}`);
  const text = ["Plan:", ...lines].join("\n");
  return { state: before, events: [...events, { type: "reasoning", data: { text } }], done: null };
}

function cost(state: TurnState, update: Update): Decoded {
  const usage = usageUpdateSchema.safeParse(update).data;
  if (usage?.cost?.currency !== "USD") return silent(state, update);
  return { state: { ...state, costUsd: usage.cost.amount }, events: [], done: null };
}

function notice(state: TurnState, update: Update): Decoded {
  const parsed = noticeSchema.safeParse(update).data;
  if (parsed === undefined || parsed.severity === "info") return raw(state, update);
  return { state, events: [{ type: "warning", data: { message: parsed.message } }], done: null };
}

function raw(state: TurnState, update: Update): Decoded {
  return { state, events: [{ type: "raw", data: { source: "acp", payload: update } }], done: null };
}

type Flushed = Pick<Decoded, "state" | "events">;

function flush(state: TurnState): Flushed {
  const thought = flushThought(state);
  const message = flushMessage(thought.state);
  return { state: message.state, events: [...thought.events, ...message.events] };
}

function flushThought(state: TurnState): Flushed {
  if (state.thought === "") return { state, events: [] };
  return {
    state: { ...state, thought: "" },
    events: [{ type: "reasoning", data: { text: state.thought } }],
  };
}

function flushMessage(state: TurnState): Flushed {
  if (state.message === null) return { state, events: [] };
  const { text } = state.message;
  if (text.trim() === "") return { state: { ...state, message: null }, events: [] };
  return {
    state: { ...state, message: null, answer: text },
    events: [{ type: "message", data: { text } }],
  };
}
