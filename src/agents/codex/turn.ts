import { z } from "zod";

import { BatonError, errorOf, taskError, type TaskError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { Turn, TurnOptions, TurnOutcome } from "../driver.ts";
import { notRunning } from "../failed-turn.ts";
import { decode, newTurn, type TurnEnd, type TurnState } from "./decode.ts";
import { createApprovals } from "./approvals.ts";
import { RpcError, type Notification, type RpcAnswer, type ServerRequest } from "./rpc.ts";
import type { AppServer } from "./server.ts";
import { placeSchema } from "./wire.ts";

/** A turn and the ear for what its thread says. */
export interface RunningTurn extends Turn {
  receive(notification: Notification): void;
  /** What Codex is told about a step that it may not take by itself; no, once the turn is over. */
  answer(request: ServerRequest): Promise<RpcAnswer>;
  /** Whether what began with this turn (a sub-agent's work, say) began with ours. */
  isRoot(turnId: string | null): boolean;
  /** What a sub-agent used is part of what the turn used. */
  count(tokenUsage: Notification): void;
}

/** Who hears what happens in a turn, and who decides about what goes beyond the sandbox. */
export interface TurnListener {
  readonly onEvent: (event: AgentEvent) => void;
  readonly onRequest: NonNullable<TurnOptions["onRequest"]> | null;
  /** What it means that Codex has ended the turn as failed. */
  readonly explain: (error: TurnEnd["error"]) => Promise<TaskError>;
}

/** What a turn is started with, and what has to be in order before. */
export interface TurnStart {
  readonly parameters: { readonly threadId: string } & Readonly<Record<string, unknown>>;
  readonly ready: Promise<void>;
}

const startedSchema = z.looseObject({ turn: z.looseObject({ id: z.string() }) });

/** Starts a turn; everything that goes wrong, the start included, is its outcome. */
export function startTurn(
  server: AppServer,
  { parameters, ready }: TurnStart,
  { onEvent, onRequest, explain }: TurnListener,
): RunningTurn {
  const outcome = Promise.withResolvers<TurnOutcome>();
  const begun = Promise.withResolvers<void>();
  let state = newTurn(server.billedTo);
  let settled = false;
  let turnId: string | null = null;
  const approvals = createApprovals(onRequest, outcome.promise);
  /** What came before the answer that says which turn is ours. */
  const early: Notification[] = [];

  const settle = (result: TurnOutcome | Promise<TurnOutcome>) => {
    settled = true;
    outcome.resolve(result);
  };
  const fail = (error: unknown) =>
    settle({ status: "failed", error: errorOf(error, "agent_error"), usage: state.usage });

  const begin = async () => {
    await ready;
    return server.request("turn/start", parameters, startedSchema);
  };
  const started = begin().then(({ turn }) => {
    turnId = turn.id;
    early.forEach(receive);
  }, fail);
  void server.gone.then(fail);

  return {
    outcome: outcome.promise,
    receive,
    answer: (request) => approvals.answer(request),
    interrupt,
    steer,
    isRoot: (root) => turnId !== null && root === turnId,
    count: (tokenUsage) => {
      if (!settled) read(tokenUsage);
    },
  };

  function receive(notification: Notification): void {
    if (turnId === null) {
      early.push(notification);
      return;
    }
    const place = placeSchema.safeParse(notification.params).data;
    const about = place?.turnId ?? place?.turn?.id ?? turnId;
    if (about !== turnId) return;
    if (notification.method === "turn/started") begun.resolve();
    if (!settled) read(notification);
  }

  function read(notification: Notification): void {
    approvals.hear(notification);
    const decoded = decode(state, notification);
    state = decoded.state;
    decoded.events.forEach(onEvent);
    if (decoded.end !== null) settle(outcomeOf(decoded.end, state, explain));
  }

  async function interrupt(): Promise<void> {
    await started;
    if (await tellToStop()) return;
    // Codex 0.169.0 refuses for some milliseconds between its answer to `turn/start` and the turn itself.
    await Promise.race([begun.promise, outcome.promise]);
    await tellToStop();
  }

  async function steer(text: string): Promise<void> {
    await started;
    const refusal = await add(text);
    if (refusal === null) return;
    if (!isOver(refusal)) throw notTaken(refusal);
    await Promise.race([begun.promise, outcome.promise]);
    if ((await add(text)) !== null) throw notRunning();
  }

  /** Why Codex did not add a message to the turn, or null when it did. */
  async function add(text: string): Promise<unknown> {
    if (settled) return notRunning();
    const input = [{ type: "text", text, text_elements: [] }];
    const { threadId } = parameters;
    const message = { threadId, expectedTurnId: turnId, input };
    return server.request("turn/steer", message, z.unknown()).then(
      () => null,
      (error: unknown) => error,
    );
  }

  /** Whether there was nothing to stop, or it was told. */
  async function tellToStop(): Promise<boolean> {
    if (settled) return true;
    const { threadId } = parameters;
    return server.request("turn/interrupt", { threadId, turnId }, z.unknown()).then(
      () => true,
      () => false,
    );
  }
}

/** Whether a message was refused because its turn does not run: Codex 0.169.0 says so while it is not begun, too. */
function isOver(refusal: unknown): boolean {
  return !(refusal instanceof RpcError) || /active turn/.test(refusal.message);
}

function notTaken(refusal: unknown): BatonError {
  const words = refusal instanceof Error ? refusal.message : String(refusal);
  return new BatonError("invalid_argument", `Codex did not take the message: ${words}`, {
    hint: "Wait for the task and ask in the same session.",
    cause: refusal,
  });
}

async function outcomeOf(
  { status, error }: TurnEnd,
  { answer, usage }: TurnState,
  explain: TurnListener["explain"],
): Promise<TurnOutcome> {
  switch (status) {
    case "completed":
      return { status, answer: answer ?? "", usage };
    case "interrupted":
      return { status, usage };
    case "failed":
      return { status, error: await explain(error), usage };
    default: {
      const message = `Codex ended the turn as "${status}", which Baton does not know.`;
      return { status: "failed", error: taskError("agent_error", message, { hint: "Update Baton." }), usage };
    }
  }
}
