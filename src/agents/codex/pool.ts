import type { Environment } from "../driver.ts";
import { startAppServer, type AppServer, type ServerWatch } from "./server.ts";

/** A place in an app-server. */
export interface Lease {
  readonly server: AppServer;
  /** Whether nobody else has a place in it. */
  isAlone(): boolean;
  /** Gives the place back; a server without places ends after a while. Safe to call twice. */
  release(): void;
  /** Gives nobody a new place in this server. */
  retire(): void;
}

export interface ServerPool {
  /** @throws what `startAppServer` throws */
  lease(executable: string, env: Environment): Promise<Lease>;
  /** Ends every server. */
  close(): Promise<void>;
}

interface Entry {
  readonly server: Promise<AppServer>;
  places: number;
  idle: NodeJS.Timeout | null;
}

/** Keeps one app-server for each program and environment, as long as it is used and `idleMs` beyond. */
export function createServerPool(idleMs: number, watch: ServerWatch): ServerPool {
  const entries = new Map<string, Entry>();
  const running = new Set<Promise<AppServer>>();

  return { lease, close };

  async function lease(executable: string, env: Environment): Promise<Lease> {
    const key = keyOf(executable, env);
    const entry = entries.get(key) ?? start(key, executable, env);
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

  function start(key: string, executable: string, env: Environment): Entry {
    const server = startAppServer(executable, env, watch);
    const entry: Entry = { server, places: 0, idle: null };
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
  function rest(key: string, entry: Entry): void {
    if (entries.get(key) !== entry) {
      void stop(entry.server);
      return;
    }
    entry.idle = setTimeout(() => {
      forget(key, entry);
      void stop(entry.server);
    }, idleMs).unref();
  }

  function forget(key: string, entry: Entry): void {
    if (entries.get(key) === entry) entries.delete(key);
  }

  async function close(): Promise<void> {
    entries.clear();
    await Promise.all([...running].map(stop));
  }
}

/** Ends a server that has started or still does; one that fails to start has ended itself. */
async function stop(server: Promise<AppServer>): Promise<void> {
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

function keyOf(executable: string, env: Environment): string {
  return JSON.stringify([executable, Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
