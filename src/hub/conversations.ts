import type { Conversation, Driver, OpenRequest } from "../agents/driver.ts";

/** A conversation that is open, and what it was opened with. */
interface Warm {
  readonly conversation: Conversation;
  /** An agent of the config's with another command line is another driver. */
  readonly driver: Driver;
  readonly fingerprint: string;
  /** Ends the waiting for its end, while it is not in use. */
  rest: (() => void) | null;
}

/** How long a conversation is kept after a turn. */
export interface Warmth {
  readonly ms: number;
  /** When this is aborted it is over at once; null: only the time counts. */
  readonly until: AbortSignal | null;
}

export const NOT_KEPT: Warmth = { ms: 0, until: null };

export type Conversations = ReturnType<typeof createConversations>;

/** The open conversations by session: kept warm between turns as long as their driver says, closed afterwards. */
export function createConversations() {
  const warm = new Map<string, Warm>();
  const closing = new Map<string, Promise<void>>();

  const close = (session: string, entry: Warm): Promise<void> => {
    entry.rest?.();
    if (warm.get(session) === entry) warm.delete(session);
    const done = entry.conversation.close().finally(() => {
      if (closing.get(session) === done) closing.delete(session);
    });
    closing.set(session, done);
    return done;
  };

  return {
    /** Takes the session's open conversation, or opens it anew when it would not do. */
    async acquire(session: string, driver: Driver, request: OpenRequest): Promise<Conversation> {
      await closing.get(session);
      const fingerprint = fingerprintOf(request);
      const entry = warm.get(session);
      if (entry !== undefined) {
        entry.rest?.();
        entry.rest = null;
        const isSame = entry.driver === driver && entry.fingerprint === fingerprint;
        if (isSame && entry.conversation.isUsable()) return entry.conversation;
        await close(session, entry);
      }
      const conversation = await driver.open(request);
      warm.set(session, { conversation, driver, fingerprint, rest: null });
      return conversation;
    },
    /** Gives it back after a turn. Resolves once it is kept or closed. */
    async release(session: string, { ms, until }: Warmth): Promise<void> {
      const entry = warm.get(session);
      if (entry === undefined) return;
      if (ms <= 0 || until?.aborted === true || !entry.conversation.isUsable()) return close(session, entry);
      const end = () => void close(session, entry);
      const timer = setTimeout(end, ms).unref();
      until?.addEventListener("abort", end, { once: true });
      entry.rest = () => {
        clearTimeout(timer);
        until?.removeEventListener("abort", end);
      };
    },
    /** Closes those of these sessions that rest, so that somebody else can have them. */
    async letGo(sessions: readonly string[]): Promise<void> {
      const resting = sessions.flatMap((session) => {
        const entry = warm.get(session);
        return entry === undefined || entry.rest === null ? [] : [close(session, entry)];
      });
      await Promise.all(resting);
    },
    /** The sessions whose conversations a process holds. */
    inProcess: (pid: number): readonly string[] =>
      [...warm.entries()].flatMap(([session, entry]) => (entry.conversation.pid === pid ? [session] : [])),
    isOpen: (session: string) => warm.has(session),
    open: () => [...warm.keys()],
    async closeAll(): Promise<void> {
      const entries = [...warm.entries()].map(([session, entry]) => close(session, entry));
      await Promise.allSettled([...entries, ...closing.values()]);
    },
  };
}

function fingerprintOf(request: OpenRequest): string {
  // Which id it has is not part of it: a new session has none when it is opened first.
  const { nativeId: _, launch, ...rest } = request;
  const names = Object.keys(launch.env).toSorted((a, b) => a.localeCompare(b));
  const env = names.map((name) => [name, launch.env[name]]);
  return JSON.stringify({ ...rest, launch: { ...launch, env } });
}
