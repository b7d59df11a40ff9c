import path from "node:path";

import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import type { RateLimit } from "../../contracts/rate-limit.ts";
import type { Usage } from "../../contracts/task.ts";
import { startJsonChild, type ChildExit, type ChildObserver, type JsonChild } from "../../process/child.ts";
import { inSessionOf, withDescendants } from "../../process/identity.ts";
import { endAll, endGroupOf } from "../../process/kill.ts";
import type { Environment } from "../driver.ts";
import { readAccount } from "./account.ts";
import { declined } from "./answers.ts";
import { readConfig } from "./config.ts";
import { lastWords } from "./last-words.ts";
import { limit } from "../../process/limit.ts";
import { rateLimitsIn } from "./rate-limits.ts";
import { createRpcPeer, type Notification, type RpcAnswer, type RpcPeer, type ServerRequest } from "./rpc.ts";
import { startFailure } from "./start-failure.ts";
import { placeSchema } from "./wire.ts";

/** Hears what is said about a thread, and answers what is asked. */
export interface Listener {
  readonly hear: (notification: Notification) => void;
  /** Null leaves the request to others. */
  readonly answer: (request: ServerRequest) => Promise<RpcAnswer> | null;
}

/** One `codex app-server`. */
export interface AppServer {
  readonly pid: number | null;
  readonly request: RpcPeer["request"];
  readonly codexHome: string;
  readonly billedTo: Usage["billed_to"];
  isAlive(): boolean;
  /** Resolves when the process is gone, with what a conversation that was in it failed of. */
  readonly gone: Promise<BatonError>;
  /** Listens to one thread until it is called off; null when somebody already does. */
  listen(threadId: string, listener: Listener): (() => void) | null;
  /** Listens to the threads that nobody else listens to, until it is called off. */
  listenToStrays(listener: Listener): () => void;
  /** Ends the process and everything it started. */
  stop(): Promise<void>;
}

/** Who hears of every app-server, whatever threads are in it. */
export interface ServerWatch {
  readonly observer: ChildObserver;
  readonly onRateLimits: (limits: readonly RateLimit[]) => void;
}

const START_LIMIT_MS = 20_000;
const EXIT_LIMIT_MS = 2_000;
const CLIENT = { name: "baton", title: "Baton", version: "0" };

const initializedSchema = z.looseObject({ codexHome: z.string() });

/**
 * Starts an app-server and waits until it answers.
 * @throws BatonError `agent_unavailable` when it does not, `agent_auth` when nobody is logged in.
 */
export async function startAppServer(
  executable: string,
  env: Environment,
  { observer, onRateLimits }: ServerWatch,
): Promise<AppServer> {
  const listeners = new Map<string, Listener>();
  const strayListeners = new Set<Listener>();
  const child = startJsonChild({
    observer,
    argv: [executable, "app-server"],
    // Each thread brings its own directory; the process itself must not read a project's configuration.
    cwd: path.parse(executable).root,
    env,
    onLine: (line) => {
      if (line.kind === "json") peer.receive(line.value);
    },
  });
  const listenersTo = ({ params }: Notification): readonly Listener[] => {
    const threadId = placeSchema.safeParse(params).data?.threadId;
    if (threadId === undefined) return [];
    const listener = listeners.get(threadId);
    return listener === undefined ? [...strayListeners] : [listener];
  };
  const peer = createRpcPeer({
    send: (message) => child.send(message),
    answer: async (request) => {
      for (const { answer } of listenersTo(request)) {
        const answered = answer(request);
        if (answered !== null) return answered;
      }
      return declined(request);
    },
    onNotification: (notification) => {
      const limits = rateLimitsIn(notification, new Date());
      if (limits.length > 0) onRateLimits(limits);
      for (const { hear } of listenersTo(notification)) hear(notification);
    },
  });
  let alive = true;
  const gone = child.exited.then((exit) => {
    alive = false;
    if (child.pid !== null) {
      endGroupOf(child.pid);
      void endSession(child.pid);
    }
    const failure = crashed(exit, lastWords(child.stderr()));
    peer.fail(failure);
    return failure;
  });

  try {
    const start = async () => {
      const { codexHome } = await peer.request("initialize", INITIALIZE, initializedSchema);
      peer.notify("initialized");
      await readConfig(peer, null);
      return { codexHome, billedTo: await readAccount(peer) };
    };
    const { codexHome, billedTo } = await within(START_LIMIT_MS, start());
    return {
      pid: child.pid,
      request: (method, params, result) => peer.request(method, params, result),
      codexHome,
      billedTo,
      gone,
      isAlive: () => alive,
      listen: (threadId, listener) => {
        if (listeners.has(threadId)) return null;
        listeners.set(threadId, listener);
        return () => {
          if (listeners.get(threadId) === listener) listeners.delete(threadId);
        };
      },
      listenToStrays: (listener) => {
        strayListeners.add(listener);
        return () => strayListeners.delete(listener);
      },
      stop: () => stopChild(child),
    };
  } catch (error) {
    const exit = alive ? null : await child.exited;
    await stopChild(child);
    throw startFailure(error, { executable, exit, said: lastWords(child.stderr()) });
  }
}

const INITIALIZE = {
  clientInfo: CLIENT,
  // Permission profiles are behind it.
  capabilities: { experimentalApi: true },
};

/** Lets it end by itself first: it then takes its shells and sandboxes with it. */
async function stopChild(child: JsonChild): Promise<void> {
  const tree = child.pid === null ? [] : await withDescendants(child.pid);
  child.endInput();
  await Promise.race([child.exited, limit(EXIT_LIMIT_MS)]);
  await child.stop();
  if (child.pid !== null) await endSession(child.pid);
  await endAll(tree);
}

/** The helpers that read files in a sandbox lead groups of their own, and one may just be set up (Codex 0.169.0). */
async function endSession(pid: number): Promise<void> {
  await endAll(await inSessionOf(pid), 0);
}

function crashed(exit: ChildExit, said: string): BatonError {
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  return new BatonError("agent_crashed", `Codex ended unexpectedly ${how}${said === "" ? "" : `: ${said}`}`, {
    hint: "The conversation is kept: continue the session to go on from its last finished step.",
  });
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = limit(limitMs).then(() => {
    throw new BatonError("agent_unavailable", `Codex did not answer within ${limitMs / 1000} seconds.`, {
      hint: "Try `codex app-server --help` in a terminal, and update Codex.",
    });
  });
  return Promise.race([work, late]);
}
