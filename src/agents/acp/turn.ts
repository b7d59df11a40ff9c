import type { ContentBlock } from "@agentclientprotocol/sdk";

import { BatonError, errorOf, type TaskError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { Usage } from "../../contracts/task.ts";
import type { Line } from "../../process/json-lines.ts";
import { firstPoints } from "../../core/text.ts";
import type { Turn, TurnOptions, TurnOutcome } from "../driver.ts";
import { createApprovals } from "./approvals.ts";
import type { PermissionOutcome } from "./connection.ts";
import { closeTurn, decide, decode, decodeAsked, newTurn, type Decoded } from "./decode.ts";
import { failureIn, type AcpProcess } from "./process.ts";
import type { AcpWords, SessionPlan } from "./profile.ts";
import type { OpenCall } from "./tool-calls.ts";
import { breached, silence, stopError } from "./turn-errors.ts";
import { promptedSchema, type Permission, type Prompted, type Update } from "./wire.ts";

/** A session in which a turn can run. */
export interface TurnSession {
  readonly id: string;
  readonly title: string;
  readonly words: AcpWords;
  readonly plan: Pick<SessionPlan, "rules" | "billedTo">;
  readonly process: AcpProcess;
  /** What the session has cost before this turn, in US dollars; null where that is not known. */
  readonly costBefore: number | null;
  /** Messages of earlier turns: what still comes of them is none of this one's. */
  readonly earlier: ReadonlySet<string>;
}

/** How the agent said that a turn ended. In version 1 that is the answer to its prompt; nothing here depends on it. */
export type TurnEnd =
  | { readonly kind: "ended"; readonly prompted: Prompted }
  | { readonly kind: "failed"; readonly error: unknown };

/** A turn and the ear for what its session says. */
export interface RunningTurn extends Turn {
  hear(update: Update): void;
  hearOdd(line: Exclude<Line, { kind: "json" }>): void;
  ask(asked: Permission, withdrawn: AbortSignal): Promise<PermissionOutcome>;
  end(end: TurnEnd): void;
  /** What is known once it is over: of the session's cost, and which messages were its own. */
  readonly left: { readonly costUsd: number | null; readonly messages: readonly string[] };
}

export interface TurnListener {
  readonly onEvent: (event: AgentEvent) => void;
  readonly onRequest: NonNullable<TurnOptions["onRequest"]> | null;
}

const NOISE_KEPT = 500;
/** An agent may pass over a cancellation that comes before it has begun: it is told again, in milliseconds. */
const TELL_AGAIN_MS = 700;

/** Sends a prompt; everything that goes wrong is the outcome. */
export function startTurn(
  session: TurnSession,
  prompt: readonly ContentBlock[],
  { onEvent, onRequest }: TurnListener,
): RunningTurn {
  const { process, words, plan, title, id } = session;
  const outcome = Promise.withResolvers<TurnOutcome>();
  const approvals = createApprovals({ rules: plan.rules, words, onRequest });
  let state = newTurn(words);
  let isOver = false;
  let isStopped = false;
  let breach: TaskError | null = null;

  process.tree?.toolStarted();
  void process.gone.then((error) => end({ kind: "failed", error }));
  process.request("session/prompt", { sessionId: id, prompt }, promptedSchema).then(
    (prompted) => end({ kind: "ended", prompted }),
    (error: unknown) => end({ kind: "failed", error }),
  );

  return {
    outcome: outcome.promise,
    hear: (update) => {
      if (!isOver && !isOfEarlier(update)) take(decode(state, update));
    },
    hearOdd: (line) => {
      if (!isOver) onEvent(oddEvent(title, line));
    },
    ask,
    end,
    get left() {
      return { costUsd: state.costUsd, messages: state.messages };
    },
    interrupt: async () => {
      isStopped = true;
      await tellToStop();
    },
    steer: async () => {
      throw new BatonError("invalid_argument", `${title} takes no message while it works.`, {
        hint: "Wait for the task and ask in the same session, or cancel it.",
      });
    },
  };

  function isOfEarlier(update: Update): boolean {
    const { messageId } = update;
    return typeof messageId === "string" && session.earlier.has(messageId);
  }

  function take({ state: next, events, done }: Decoded): void {
    state = next;
    events.forEach(onEvent);
    if (done !== null && breach === null && isBreach(done)) {
      breach = breached(title, done);
      void tellToStop();
    }
  }

  function isBreach({ call, verdict }: OpenCall): boolean {
    return verdict === "unasked" && call.status === "completed" && plan.rules.unasked.has(call.kind ?? "");
  }

  async function ask(asked: Permission, withdrawn: AbortSignal): Promise<PermissionOutcome> {
    if (isOver) return { outcome: "cancelled" };
    take(decodeAsked(state, asked.toolCall));
    const { toolCallId } = asked.toolCall;
    const whole = state.calls.get(toolCallId)?.call ?? asked.toolCall;
    const answer = await approvals.answer(asked, { ...whole, ...definedIn(asked.toolCall) }, withdrawn);
    const isYes =
      answer.outcome === "selected" &&
      asked.options.some(({ optionId, kind }) => optionId === answer.optionId && kind === "allow_once");
    state = decide(state, toolCallId, isYes ? "approved" : "denied");
    return answer;
  }

  /** Tells it until it has ended: whoever waits for that ends the process otherwise. */
  async function tellToStop(): Promise<void> {
    approvals.cancel();
    if (isOver) return;
    process.notify("session/cancel", { sessionId: id });
    setTimeout(() => void tellToStop(), TELL_AGAIN_MS).unref();
  }

  function end(how: TurnEnd): void {
    if (isOver) return;
    take(closeTurn(state));
    isOver = true;
    approvals.cancel();
    process.tree?.toolFinished();
    outcome.resolve(outcomeOf(how));
  }

  function outcomeOf(how: TurnEnd): TurnOutcome {
    const usage = usageOf(how.kind === "ended" ? how.prompted : null);
    const error = breach ?? (how.kind === "ended" ? endError(how.prompted) : failError(how.error));
    if (error === "interrupted") return { status: "interrupted", usage };
    if (error !== null) return { status: "failed", error, usage };
    return { status: "completed", answer: state.answer ?? "", usage };
  }

  function failError(error: unknown): TaskError | "interrupted" {
    const failure = failureIn(error, process);
    if (failure === null) return errorOf(error, "agent_error");
    return isStopped ? "interrupted" : words.failureOf(failure);
  }

  function endError(prompted: Prompted): TaskError | "interrupted" | null {
    const { stopReason } = prompted;
    if (stopReason === "cancelled" && isStopped) return "interrupted";
    const disguised = words.disguised(state.answer ?? "", prompted);
    return stopError(title, stopReason) ?? disguised ?? silence(title, state.isBegun);
  }

  function usageOf(prompted: Prompted | null): Usage | null {
    const counts = prompted === null ? null : words.usageOf(prompted);
    const { costBefore } = session;
    const cost =
      costBefore === null || state.costUsd === null ? null : Math.max(0, state.costUsd - costBefore);
    if (counts === null && cost === null) return null;
    return {
      input_tokens: counts?.input ?? 0,
      cached_input_tokens: counts?.cached ?? 0,
      output_tokens: counts?.output ?? 0,
      cost_usd: cost,
      billed_to: plan.billedTo,
    };
  }
}

function definedIn<T extends object>(part: T): Partial<T> {
  const said = Object.entries(part).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(said) as Partial<T>;
}

function oddEvent(title: string, line: Exclude<Line, { kind: "json" }>): AgentEvent {
  if (line.kind === "noise")
    return { type: "raw", data: { source: "acp", payload: firstPoints(line.text, NOISE_KEPT) } };
  return { type: "warning", data: { message: `${title} wrote a line that is too long to be kept.` } };
}
