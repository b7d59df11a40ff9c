import { z } from "zod";

import { errorOf, taskError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { Turn, TurnOutcome } from "../driver.ts";
import { notRunning } from "../failed-turn.ts";
import { decode, newTurn, type TurnEnd, type TurnState } from "./decode.ts";
import { turnFailure } from "./failure.ts";
import type { Notification } from "./rpc.ts";
import type { AppServer } from "./server.ts";
import { placeSchema } from "./wire.ts";

/** A turn and the ear for what its thread says. */
export interface RunningTurn extends Turn {
  receive(notification: Notification): void;
  /** Whether what began with this turn (a sub-agent's work, say) began with ours. */
  isRoot(turnId: string | null): boolean;
  /** What a sub-agent used is part of what the turn used. */
  count(tokenUsage: Notification): void;
}

const startedSchema = z.looseObject({ turn: z.looseObject({ id: z.string() }) });

/** Starts a turn; everything that goes wrong, the start included, is its outcome. */
export function startTurn(
  server: AppServer,
  parameters: { readonly threadId: string } & Readonly<Record<string, unknown>>,
  onEvent: (event: AgentEvent) => void,
): RunningTurn {
  const outcome = Promise.withResolvers<TurnOutcome>();
  const begun = Promise.withResolvers<void>();
  let state = newTurn(server.billedTo);
  let settled = false;
  let turnId: string | null = null;
  /** What came before the answer that says which turn is ours. */
  const early: Notification[] = [];

  const settle = (result: TurnOutcome) => {
    settled = true;
    outcome.resolve(result);
  };
  const fail = (error: unknown) =>
    settle({ status: "failed", error: errorOf(error, "agent_error"), usage: state.usage });

  const started = server.request("turn/start", parameters, startedSchema).then(({ turn }) => {
    turnId = turn.id;
    early.forEach(receive);
  }, fail);
  void server.gone.then(fail);

  return {
    outcome: outcome.promise,
    receive,
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
    const decoded = decode(state, notification);
    state = decoded.state;
    decoded.events.forEach(onEvent);
    if (decoded.end !== null) settle(outcomeOf(decoded.end, state));
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
    if (settled) throw notRunning();
    const input = [{ type: "text", text, text_elements: [] }];
    const { threadId } = parameters;
    const steered = { threadId, expectedTurnId: turnId, input };
    await server.request("turn/steer", steered, z.unknown()).catch(() => {
      throw notRunning();
    });
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

function outcomeOf({ status, error }: TurnEnd, { answer, usage }: TurnState): TurnOutcome {
  switch (status) {
    case "completed":
      return { status, answer: answer ?? "", usage };
    case "interrupted":
      return { status, usage };
    case "failed":
      return { status, error: turnFailure(error), usage };
    default: {
      const message = `Codex ended the turn as "${status}", which Baton does not know.`;
      return { status: "failed", error: taskError("agent_error", message, { hint: "Update Baton." }), usage };
    }
  }
}
