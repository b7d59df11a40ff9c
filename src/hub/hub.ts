import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { inspect } from "node:util";
import type { Logger } from "pino";
import { createDrivers } from "../agents/registry.ts";
import { DEFAULT_CONFIG, type Retention } from "../contracts/config.ts";
import type { Places } from "../process/places.ts";
import type { ChildObserver } from "../process/child.ts";
import { openStore, type Store } from "../store/store.ts";
import { createConfigReader } from "./config.ts";
import { serveConnection } from "./connection.ts";
import { createConversations } from "./conversations.ts";
import { createDispatcher } from "./dispatcher.ts";
import { makeFolders, writeToken } from "./folders.ts";
import { createIdleTimer } from "./idle.ts";
import { takeLease } from "./lease.ts";
import { createHubLog } from "./log-file.ts";
import { createRequests } from "./requests.ts";
import { recover } from "./recover.ts";
import { startRetention } from "./retention.ts";
import type { HubState } from "./state.ts";
import { createTaskLog } from "./task-log.ts";

export interface HubOptions {
  readonly places: Places;
  readonly version: string;
  /** The config of whoever started it; each request brings its own. */
  readonly config: string;
}

/** A hub that answers on its socket. */
export interface Hub {
  /** Begins to end it: what runs is cancelled, nothing is left. */
  stop(): void;
  /** Writes an error that nobody expected into the hub's log. */
  report(error: unknown): void;
  /** Resolves when it has ended, by `stop` or because nobody needed it for a time. */
  readonly ended: Promise<void>;
}

/**
 * Starts the hub of a home, or gives null when another process is it already.
 * @throws BatonError `hub_unavailable`
 */
export async function startHub(options: HubOptions): Promise<Hub | null> {
  const { places } = options;
  await makeFolders(places);
  const lease = takeLease(places.lease);
  if (lease === null) return null;
  try {
    const logger = createHubLog(places.logFile);
    const { hub, idle, stopped, retention: limits, close } = await compose(options);
    const { server, sockets } = await serve(hub, idle);
    const onError = (error: unknown) => logger.error({ error: inspect(error) }, "old sessions stay");
    const retention = startRetention({ store: hub.store, conversations: hub.conversations, limits, onError });
    logger.info({ version: hub.version, socket: places.socket }, "the hub is up");
    const ended = stopped.then(async () => {
      idle.stop();
      retention.stop();
      server.close();
      await shutDown(hub, logger);
      for (const socket of sockets) socket.end();
      await rm(places.tokenFile, { force: true });
      close();
      lease.release();
      logger.info("the hub has ended");
    });
    const report = (error: unknown) => logger.fatal({ error: inspect(error) }, "the hub has failed");
    return { stop: hub.stop, report, ended };
  } catch (error) {
    lease.release();
    throw error;
  }
}

type IdleTimer = ReturnType<typeof createIdleTimer>;

interface Composition {
  readonly hub: HubState;
  readonly idle: IdleTimer;
  /** Resolves when the hub was asked to end, or nobody has needed it for a time. */
  readonly stopped: Promise<void>;
  readonly retention: () => Retention;
  readonly close: () => void;
}

/** Puts the parts together, once what an earlier hub has left is cleared up. */
async function compose({ places, version, config }: HubOptions): Promise<Composition> {
  const store = openStore(places.database);
  const log = createTaskLog(store, () => new Date());
  await recover(store, log);
  const readConfig = createConfigReader();
  let settings = await readConfig(config).catch(() => DEFAULT_CONFIG);
  const stopping = Promise.withResolvers<void>();
  let isStopping = false;
  let isClosed = false;
  const stop = () => {
    isStopping = true;
    stopping.resolve();
  };
  const idle = createIdleTimer(() => settings.hub.idle_timeout, stop);
  const observer = processRecorder(store, () => !isClosed);
  const hub: HubState = {
    version,
    startedAt: new Date().toISOString(),
    places,
    store,
    log,
    drivers: createDrivers({ stateDir: places.agentsFolder, observer }),
    conversations: createConversations(),
    dispatcher: createDispatcher(settings.limits, busyObserver(idle)),
    requests: createRequests((task, events) => void log.append(task, events)),
    readConfig: async (file) => (settings = await readConfig(file)),
    isStopping: () => isStopping,
    stop,
  };
  const close = () => {
    isClosed = true;
    store.close();
  };
  return { hub, idle, stopped: stopping.promise, retention: () => settings.sessions, close };
}

async function serve(hub: HubState, idle: IdleTimer): Promise<{ server: Server; sockets: Set<Socket> }> {
  const token = await writeToken(hub.places);
  const sockets = new Set<Socket>();
  const server = await listen(hub.places, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(socket, { hub, token, activity: idle });
  });
  return { server, sockets };
}

/** Writes down the agents' processes, for the next hub should this one die. */
function processRecorder({ processes }: Store, isOpen: () => boolean): ChildObserver {
  return {
    started: ({ pid, birth }) => {
      if (isOpen()) processes.add(pid, birth);
    },
    // A child's end may be told after the store is closed; the next hub finds that it is gone.
    ended: ({ pid, birth }) => {
      if (isOpen()) processes.remove(pid, birth);
    },
  };
}

/** Holds the idle timer as long as tasks run or wait, whether or not a front end is connected. */
function busyObserver(idle: { begin(): void; end(): void }) {
  let held = false;
  return ({ running, queued }: { readonly running: number; readonly queued: number }) => {
    const busy = running + queued > 0;
    if (busy && !held) idle.begin();
    if (!busy && held) idle.end();
    held = busy;
  };
}

async function listen(places: Places, onConnection: (socket: Socket) => void): Promise<Server> {
  // Whoever holds the lease is the only hub: a socket that is still there belongs to one that died.
  if (places.socketFolder !== null) await rm(places.socket, { force: true });
  const server = createServer(onConnection);
  server.listen(places.socket);
  await once(server, "listening");
  if (places.socketFolder !== null) await chmod(places.socket, 0o600);
  return server;
}

async function shutDown(hub: HubState, logger: Logger): Promise<void> {
  for (const { id } of hub.store.tasks.unfinished()) {
    if (hub.dispatcher.cancel(id) === "told") continue;
    hub.log.append(id, [{ type: "task.status", data: { status: "cancelled", error: null } }]);
  }
  await hub.dispatcher.empty();
  await hub.conversations.closeAll();
  const closed = await Promise.allSettled([...hub.drivers.values()].map((driver) => driver.close()));
  for (const result of closed) {
    if (result.status === "rejected")
      logger.error({ error: String(result.reason) }, "a driver did not close");
  }
}
