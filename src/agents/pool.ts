/** A process that a pool keeps. */
export interface Pooled {
  /** Resolves when the process is gone. */
  readonly gone: Promise<unknown>;
  /** Ends the process and everything it started. */
  stop(): Promise<void>;
}

/** A place in a process that several may share. */
export interface Lease<P extends Pooled> {
  readonly server: P;
  /** Whether nobody else has a place in it. */
  isAlone(): boolean;
  /** Gives the place back; a server without places ends after a while. Safe to call twice. */
  release(): void;
  /** Gives nobody a new place in this server. */
  retire(): void;
}

export interface Pool<P extends Pooled> {
  /** @throws what `start` throws */
  lease(key: string, start: () => Promise<P>): Promise<Lease<P>>;
  /** Ends every server. */
  close(): Promise<void>;
}

interface Entry<P extends Pooled> {
  readonly server: Promise<P>;
  places: number;
  idle: NodeJS.Timeout | null;
}

/** Keeps one process for each key, as long as it is used and `idleMs` beyond. */
export function createPool<P extends Pooled>(idleMs: number): Pool<P> {
  const entries = new Map<string, Entry<P>>();
  const running = new Set<Promise<P>>();

  return { lease, close };

  async function lease(key: string, begin: () => Promise<P>): Promise<Lease<P>> {
    const entry = entries.get(key) ?? start(key, begin);
    if (entry.idle !== null) clearTimeout(entry.idle);
    entry.idle = null;
    entry.places += 1;
    const release = once(() => {
      entry.places -= 1;
      if (entry.places === 0) rest(key, entry);
    });
    try {
      const server = await entry.server;
      return { server, isAlone: () => entry.places === 1, release, retire: () => forget(key, entry) };
    } catch (error) {
      release();
      throw error;
    }
  }

  function start(key: string, begin: () => Promise<P>): Entry<P> {
    const server = begin();
    const entry: Entry<P> = { server, places: 0, idle: null };
    entries.set(key, entry);
    running.add(server);
    const over = () => {
      running.delete(server);
      forget(key, entry);
    };
    server.then(({ gone }) => gone).then(over, over);
    return entry;
  }

  /** Waits for the next user, unless there can be none. */
  function rest(key: string, entry: Entry<P>): void {
    if (entries.get(key) !== entry) {
      void stop(entry.server);
      return;
    }
    entry.idle = setTimeout(() => {
      forget(key, entry);
      void stop(entry.server);
    }, idleMs).unref();
  }

  function forget(key: string, entry: Entry<P>): void {
    if (entries.get(key) === entry) entries.delete(key);
  }

  async function close(): Promise<void> {
    entries.clear();
    await Promise.all([...running].map(stop));
  }
}

/** Ends a server that has started or still does; one that fails to start has ended itself. */
async function stop(server: Promise<Pooled>): Promise<void> {
  await server.then(
    (started) => started.stop(),
    () => undefined,
  );
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}

/** The same for the same command line and environment, in whatever order its variables stand. */
export function processKey(argv: readonly string[], env: Readonly<Record<string, string>>): string {
  return JSON.stringify([argv, Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
