import { z } from "zod";

import type { Notification, RpcAnswer, ServerRequest } from "./rpc.ts";
import type { AppServer } from "./server.ts";
import { placeSchema } from "./wire.ts";

/**
 * The sub-agents that the turns of one conversation started. Each is a thread of its own in the app-server, which goes
 * on after the turn is over or interrupted and after its parent is unloaded (Codex 0.169.0).
 */
export interface SubAgents {
  /** Interrupts what they are doing. */
  interrupt(): Promise<void>;
  /** Interrupts and unloads them. */
  unload(): Promise<void>;
  stopListening(): void;
}

interface Watch {
  /** Whether a turn began, directly or through others, with one of this conversation. */
  readonly isOurs: (rootTurnId: string | null) => boolean;
  readonly onUsage: (tokenUsage: Notification) => void;
  /** What one of them asks is asked in the turn's name. */
  readonly answer: (request: ServerRequest) => Promise<RpcAnswer>;
}

interface SubAgent {
  /** The turn under way, or null. */
  turnId: string | null;
  readonly unloaded: PromiseWithResolvers<void>;
}

export function createSubAgents(server: AppServer, { isOurs, onUsage, answer }: Watch): SubAgents {
  const known = new Map<string, SubAgent>();
  const stopListening = server.listenToStrays({
    hear,
    answer: (request) => {
      const { threadId } = placeSchema.safeParse(request.params).data ?? {};
      return threadId !== undefined && known.has(threadId) ? answer(request) : null;
    },
  });
  return { interrupt, unload, stopListening };

  function hear(notification: Notification): void {
    const { threadId, turn } = placeSchema.safeParse(notification.params).data ?? {};
    if (threadId === undefined) return;
    if (notification.method === "turn/started" && turn !== undefined && isOurs(turn.rootTurnId ?? null)) {
      const unloaded = known.get(threadId)?.unloaded ?? Promise.withResolvers<void>();
      known.set(threadId, { turnId: turn.id, unloaded });
    }
    const subAgent = known.get(threadId);
    if (subAgent !== undefined) follow(threadId, subAgent, notification);
  }

  function follow(threadId: string, subAgent: SubAgent, notification: Notification): void {
    switch (notification.method) {
      case "turn/completed":
        subAgent.turnId = null;
        break;
      case "thread/tokenUsage/updated":
        onUsage(notification);
        break;
      case "thread/closed":
        known.delete(threadId);
        subAgent.unloaded.resolve();
        break;
    }
  }

  async function interrupt(): Promise<void> {
    await Promise.all(
      [...known].map(async ([threadId, { turnId }]) => {
        if (turnId !== null) await ask("turn/interrupt", { threadId, turnId });
      }),
    );
  }

  async function unload(): Promise<void> {
    await interrupt();
    await Promise.all(
      [...known].map(async ([threadId, { unloaded }]) => {
        await ask("thread/unsubscribe", { threadId });
        await unloaded.promise;
      }),
    );
  }

  /** What it refuses has ended meanwhile, which is what was wanted. */
  async function ask(method: string, params: unknown): Promise<void> {
    await server.request(method, params, z.unknown()).catch(() => undefined);
  }
}
