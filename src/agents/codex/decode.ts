import type { AgentEvent } from "../../contracts/event.ts";
import type { Usage } from "../../contracts/task.ts";
import { finishedItem, startedItem } from "./items.ts";
import type { Notification } from "./rpc.ts";
import {
  agentMessageSchema,
  paramsByMethod,
  REDUNDANT_METHODS,
  type KnownMethod,
  type TurnError,
} from "./wire.ts";

/** What is known of a running turn. */
export interface TurnState {
  readonly billedTo: Usage["billed_to"];
  readonly usage: Usage | null;
  /** The newest finished message: the answer, once the turn is over. */
  readonly answer: string | null;
  /** Tools that were told to have started and not yet to have finished. */
  readonly openTools: readonly string[];
}

/** How the agent said that the turn ended. */
export interface TurnEnd {
  readonly status: string;
  readonly error: TurnError | null;
}

export interface Decoded {
  readonly state: TurnState;
  readonly events: readonly AgentEvent[];
  readonly end: TurnEnd | null;
}

export function newTurn(billedTo: Usage["billed_to"]): TurnState {
  return { billedTo, usage: null, answer: null, openTools: [] };
}

/** Reads one notification of a turn. What is not known, or not in the form that is known, is kept as `raw`. */
export function decode(state: TurnState, notification: Notification): Decoded {
  const { method } = notification;
  if (REDUNDANT_METHODS.has(method)) return { state, events: [], end: null };
  if (!isKnown(method)) return raw(state, notification);
  return READERS[method](state, notification);
}

type Reader = (state: TurnState, notification: Notification) => Decoded;

const READERS: Readonly<Record<KnownMethod, Reader>> = {
  "item/agentMessage/delta": reader("item/agentMessage/delta", (state, { delta }) =>
    told(state, { type: "message.delta", data: { text: delta } }),
  ),
  "item/started": reader("item/started", (state, { item }) => {
    const events = startedItem(item);
    const started = events.flatMap((event) => (event.type === "tool.started" ? [event.data.id] : []));
    return told({ ...state, openTools: [...state.openTools, ...started] }, ...events);
  }),
  "item/completed": reader("item/completed", (state, { item }) => {
    const message = agentMessageSchema.safeParse(item).data;
    const openTools = state.openTools.filter((id) => id !== item.id);
    const answer = message?.text ?? state.answer;
    return told({ ...state, answer, openTools }, ...finishedItem(item));
  }),
  // One update per model request; `last` is that request's own, `total` the whole thread's.
  "thread/tokenUsage/updated": reader("thread/tokenUsage/updated", (state, { tokenUsage: { last } }) => {
    const before = state.usage;
    const usage: Usage = {
      input_tokens: (before?.input_tokens ?? 0) + last.inputTokens,
      cached_input_tokens: (before?.cached_input_tokens ?? 0) + last.cachedInputTokens,
      output_tokens: (before?.output_tokens ?? 0) + last.outputTokens,
      cost_usd: null,
      billed_to: state.billedTo,
    };
    return told({ ...state, usage }, { type: "usage", data: usage });
  }),
  // An error that is not tried again comes once more, with the end of the turn.
  error: reader("error", (state, { error, willRetry }) =>
    willRetry
      ? warned(state, [error.message, error.additionalDetails].filter(Boolean).join(": "))
      : told(state),
  ),
  warning: reader("warning", (state, { message }) => warned(state, message)),
  guardianWarning: reader("guardianWarning", (state, { message }) => warned(state, message)),
  "model/rerouted": reader("model/rerouted", (state, { fromModel, toModel }) =>
    warned(state, `Codex used the model ${toModel} in place of ${fromModel}.`),
  ),
  // A command that was interrupted, or left running, is never told to be finished.
  "turn/completed": reader("turn/completed", (state, { turn }) => ({
    state: { ...state, openTools: [] },
    events: state.openTools.map((id) => ({
      type: "tool.finished",
      data: { id, outcome: "failed", summary: "It had not finished when the turn ended." },
    })),
    end: { status: turn.status, error: turn.error ?? null },
  })),
};

/** Binds a reader to the schema of its method. */
function reader<M extends KnownMethod>(
  method: M,
  read: (state: TurnState, params: ReturnType<(typeof paramsByMethod)[M]["parse"]>) => Decoded,
): Reader {
  return (state, notification) => {
    const params = paramsByMethod[method].safeParse(notification.params);
    if (!params.success) return raw(state, notification);
    return read(state, params.data as ReturnType<(typeof paramsByMethod)[M]["parse"]>);
  };
}

function isKnown(method: string): method is KnownMethod {
  return Object.hasOwn(paramsByMethod, method);
}

function told(state: TurnState, ...events: readonly AgentEvent[]): Decoded {
  return { state, events, end: null };
}

function warned(state: TurnState, message: string): Decoded {
  return told(state, { type: "warning", data: { message } });
}

function raw(state: TurnState, { method, params }: Notification): Decoded {
  return told(state, { type: "raw", data: { source: "codex", payload: { method, params } } });
}
