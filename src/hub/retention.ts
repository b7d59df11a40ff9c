import { setImmediate } from "node:timers/promises";
import type { Retention } from "../contracts/config.ts";
import type { Forgotten } from "../store/forgotten.ts";
import type { StoredSession } from "../store/sessions.ts";
import type { Store } from "../store/store.ts";
import type { Conversations } from "./conversations.ts";

const EVERY_MS = 3_600_000;
/** How many are removed before others have their turn. */
const BATCH = 100;

export interface RetentionOptions {
  readonly store: Store;
  readonly conversations: Pick<Conversations, "open">;
  /** What the config that was read last says. */
  readonly limits: () => Retention;
  /** Removes the worktrees that nobody needs; a session goes after its worktree. */
  readonly cleanWorktrees: (stopped: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Forgets sessions now and every hour, until it is stopped. */
export function startRetention(options: RetentionOptions): { stop(): void } {
  const stopped = new AbortController();
  const sweep = () =>
    void options
      .cleanWorktrees(stopped.signal)
      .then(async () => forgetOld(options, new Date(), stopped.signal))
      .catch(options.onError);
  const timer = setInterval(sweep, EVERY_MS).unref();
  sweep();
  return {
    stop: () => {
      stopped.abort();
      clearInterval(timer);
    },
  };
}

/**
 * Forgets the sessions that have not been used for the ttl, then the least used beyond the maximum, with their tasks
 * and events. Never one that is open, has a task that is not final, or a worktree that stands. Gives how many.
 */
export async function forgetOld(
  { store, conversations, limits }: Omit<RetentionOptions, "cleanWorktrees" | "onError">,
  now: Date,
  stopped: AbortSignal,
): Promise<number> {
  const { ttl, max } = limits();
  const before = new Date(now.getTime() - ttl).toISOString();
  const at = now.toISOString();
  let count = 0;
  while (!stopped.aborted) {
    const open = conversations.open();
    const expired = store.sessions.expired(before, open, BATCH);
    const excess = Math.min(BATCH, store.sessions.count() - max);
    const crowded = expired.length > 0 || excess <= 0 ? [] : store.sessions.leastUsed(open, excess);
    if (expired.length + crowded.length === 0) break;
    store.transaction(() => {
      for (const session of expired) forget(store, session, { reason: "expired", at });
      for (const session of crowded) forget(store, session, { reason: "crowded_out", at });
    });
    count += expired.length + crowded.length;
    await setImmediate();
  }
  return count;
}

/** Forgets one session, only for use in a transaction; what the agent has of it stays with the agent. */
export function forget(store: Store, session: StoredSession, why: Pick<Forgotten, "reason" | "at">): void {
  store.forgotten.forget({ ...why, session: session.id, agent: session.agent, native_id: session.native_id });
}
