import type { Logger } from "pino";
import { createDrivers } from "../agents/registry.ts";
import { BatonError } from "../contracts/error.ts";
import { DEFAULT_CONFIG, type Config } from "../contracts/config.ts";
import type { Places } from "../process/places.ts";
import { storageError } from "../store/database.ts";
import { openStore, type Store } from "../store/store.ts";
import { createCallers } from "./callers.ts";
import { carefulStore } from "./careful-store.ts";
import { createChangeWatch } from "./changes/watch.ts";
import { createChildren, recordProcesses } from "./children.ts";
import { createConfigReader } from "../process/config-file.ts";
import { serveConnection } from "./connection.ts";
import { createConversations } from "./conversations.ts";
import { createCredentials } from "./credentials.ts";
import { createDispatcher } from "./dispatcher.ts";
import { openEndpoint, type Endpoint } from "./endpoint.ts";
import { makeFolders } from "./folders.ts";
import { openHttpDoor, type HttpDoor, type RoutesFor } from "./http-door.ts";
import { createIdleTimer } from "./idle.ts";
import { takeLease, type Lease } from "./lease.ts";
import { createHubLog, loggable } from "./log-file.ts";
import { createRequests } from "./requests.ts";
import { recover } from "./recover.ts";
import { startRetention } from "./retention.ts";
import { shutDown } from "./shut-down.ts";
import type { HubState } from "./state.ts";
import { createTaskLog } from "./task-log.ts";
import { cleanWorktrees } from "./worktrees/clean.ts";
import { recoverWorktrees } from "./worktrees/recover.ts";
import { createWorktrees } from "./worktrees/worktrees.ts";

export interface HubOptions {
  readonly places: Places;
  readonly version: string;
  /** The config of whoever started it; each request brings its own. */
  readonly config: string;
  /** How this program is started. */
  readonly entry?: readonly [string, ...string[]];
  /** What is served over HTTP. */
  readonly routes?: RoutesFor;
  /** How the store is opened; tests put one in the way. */
  readonly open?: (file: string) => Store;
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
  const lease = leaseOf(places);
  if (lease === null) return null;
  try {
    return await run(options, lease);
  } catch (error) {
    lease.release();
    throw startError(error, places);
  }
}

function leaseOf(places: Places): Lease | null {
  try {
    return takeLease(places.lease);
  } catch (error) {
    throw startError(error, places);
  }
}

const NO_ROUTES: RoutesFor = () => [];

async function run(options: HubOptions, lease: Lease): Promise<Hub> {
  const { places } = options;
  const logger = createHubLog(places.logFile);
  const http = Promise.withResolvers<HttpDoor>();
  const httpUrl = () => http.promise.then(async (door) => door.url());
  const { hub, idle, stopped, settings, close } = await compose(options, logger, httpUrl);
  const endpoint = await openEndpoint(places, (socket, token) =>
    serveConnection(socket, { hub, token, activity: idle, logger }),
  );
  const forgetting = startRetention({
    store: hub.store,
    conversations: hub.conversations,
    limits: () => settings().sessions,
    cleanWorktrees: async (signal) => cleanWorktrees(hub, new Date(), signal),
    onError: (error) => logger.error({ error: loggable(error) }, "old sessions cannot be forgotten"),
  });
  const { token } = endpoint;
  const { http_port: port } = settings().hub;
  const door = openHttpDoor({
    hub,
    token,
    port,
    routes: options.routes ?? NO_ROUTES,
    activity: idle,
    logger,
  });
  http.resolve(door);
  const watch = watchPlaces({ lease, endpoint, logger, onLost: hub.stop });
  logger.info({ version: hub.version, socket: places.socket }, "the hub is up");
  const ended = stopped.then(async () => {
    clearInterval(watch);
    forgetting.stop();
    idle.stop();
    endpoint.closeDoor();
    door.closeDoor();
    await shutDown(hub, logger);
    door.close();
    // Files that lie where ours did may belong to another hub by now.
    await endpoint.close(lease.isInPlace() ? "remove" : "leave");
    close();
    logger.info("the hub has ended");
    lease.release();
  });
  const report = (error: unknown) => logger.fatal({ error: loggable(error) }, "the hub has failed");
  return { stop: hub.stop, report, ended };
}

/** How often a hub looks whether its folder is still there, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

interface Watched {
  readonly lease: Lease;
  readonly endpoint: Endpoint;
  readonly logger: Logger;
  readonly onLost: () => void;
}

/** Ends a hub whose folder was deleted or moved, which nobody could reach; puts back what is missing in it. */
function watchPlaces({ lease, endpoint, logger, onLost }: Watched): NodeJS.Timeout {
  const look = () => {
    if (lease.isInPlace()) {
      endpoint.repair().catch((error: unknown) => {
        logger.error({ error: loggable(error) }, "the socket cannot be put back");
      });
      return;
    }
    onLost();
  };
  return setInterval(look, LOOK_EVERY_MS).unref();
}

/** What kept a hub from starting, in the words of the contract. */
function startError(error: unknown, { home }: Places): BatonError {
  if (error instanceof BatonError) return error;
  return new BatonError("hub_unavailable", `the hub cannot use its folder ${home}: ${String(error)}`, {
    hint: "Check the disk and the rights on the folder, or give BATON_HOME another one.",
    cause: error,
  });
}

type IdleTimer = ReturnType<typeof createIdleTimer>;

interface Composition {
  readonly hub: HubState;
  readonly idle: IdleTimer;
  /** Resolves when the hub was asked to end, or nobody has needed it for a time. */
  readonly stopped: Promise<void>;
  readonly settings: () => Config;
  readonly close: () => void;
}

/** Puts the parts together, once what an earlier hub has left is cleared up. */
async function compose(
  options: HubOptions,
  logger: Logger,
  httpUrl: HubState["httpUrl"],
): Promise<Composition> {
  const { places, version, config, entry = [process.execPath], open = openStore } = options;
  let whenFailed = (_task: string, cause: unknown, isFinal: boolean): void => {
    if (!isFinal) throw storageError(cause, places.database);
  };
  const stopping = Promise.withResolvers<void>();
  let isStopping = false;
  const stop = () => {
    isStopping = true;
    stopping.resolve();
  };
  const store = carefulStore(open(places.database), (error) => {
    logger.error({ error: loggable(error) }, "the database cannot be written");
    stop();
  });
  const log = createTaskLog({
    store,
    now: () => new Date(),
    observer: {
      onStatus: (task, status, error) => logger.info({ task, status, error: error?.code }, "a task goes on"),
      onWriteFailed: (task, cause, { isFinal }) => {
        logger.error({ task, error: loggable(cause) }, "the database cannot be written");
        whenFailed(task, cause, isFinal);
      },
    },
  });
  const report = (error: unknown) => logger.error({ error: loggable(error) }, "something did not work out");
  await recover(store, log);
  await recoverWorktrees({ store, places, env: process.env, onError: report });
  const readConfig = createConfigReader();
  let settings = await readConfig(config).catch(() => DEFAULT_CONFIG);
  let isClosed = false;
  const idle = createIdleTimer(() => settings.hub.idle_timeout, stop);
  const children = createChildren();
  const observer = recordProcesses({ store, children, logger }, () => !isClosed);
  const conversations = createConversations();
  const hub: HubState = {
    version,
    startedAt: new Date().toISOString(),
    places,
    entry,
    store,
    log,
    drivers: createDrivers({
      stateDir: places.agentsFolder,
      observer,
      onRateLimits: (limits) => limits.forEach((limit) => store.spending.setRateLimit(limit)),
    }),
    conversations,
    worktrees: createWorktrees({
      store,
      places,
      letGo: async (sessions) => conversations.letGo(sessions),
      onError: report,
    }),
    changes: createChangeWatch(),
    report,
    dispatcher: createDispatcher(settings.limits, busyObserver(idle)),
    callers: createCallers(),
    children,
    requests: createRequests((task, events) => void log.append(task, events)),
    credentials: createCredentials(),
    httpUrl,
    readConfig: async (file) => (settings = await readConfig(file)),
    isStopping: () => isStopping,
    stop,
  };
  whenFailed = (task, _cause, isFinal) => {
    // Without a place to write to there is nothing left to do: the next hub tells what became of the tasks.
    if (!isFinal) stop();
    // A task that could not even be begun is queued by whoever called, in a moment.
    else setImmediate(() => hub.dispatcher.cancel(task));
  };
  const close = () => {
    isClosed = true;
    store.close();
  };
  return { hub, idle, stopped: stopping.promise, settings: () => settings, close };
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
