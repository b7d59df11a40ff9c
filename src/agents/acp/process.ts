import { randomUUID } from "node:crypto";

import { PROTOCOL_VERSION, RequestError } from "@agentclientprotocol/sdk";
import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { startJsonChild, type ChildExit, type ChildObserver } from "../../process/child.ts";
import type { Line } from "../../process/json-lines.ts";
import { limit } from "../../process/limit.ts";
import { MARK_VARIABLE } from "../../process/marked.ts";
import { watchTree, type TreeWatch } from "../../process/tree-watch.ts";
import type { Pooled } from "../pool.ts";
import { createPeer, type Peer, type PermissionOutcome } from "./connection.ts";
import { lastWords } from "./last-words.ts";
import type { AcpFailure, ProcessPlan } from "./profile.ts";
import {
  initializedSchema,
  type AuthMethod,
  type Capabilities,
  type Permission,
  type Update,
} from "./wire.ts";

/** Hears one session. */
export interface SessionListener {
  readonly hear: (update: Update) => void;
  readonly ask: (asked: Permission, withdrawn: AbortSignal) => Promise<PermissionOutcome>;
  /** A line of the process that is no message. */
  readonly hearOdd: (line: Exclude<Line, { kind: "json" }>) => void;
}

/** A running agent that has answered `initialize`. */
export interface AcpProcess extends Pooled {
  readonly pid: number | null;
  readonly version: string | null;
  readonly capabilities: Capabilities;
  readonly authMethods: readonly AuthMethod[];
  readonly tree: TreeWatch | null;
  readonly request: Peer["request"];
  readonly notify: Peer["notify"];
  isAlive(): boolean;
  /** Resolves when the process is gone, with what a conversation that was in it failed of. */
  readonly gone: Promise<BatonError>;
  /** Listens to one session until it is called off; null when somebody already does. */
  listen(sessionId: string, listener: SessionListener): (() => void) | null;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

export interface ProcessWatch {
  readonly title: string;
  readonly observer: ChildObserver;
  /** How long the agent may take until it answers `initialize`, in milliseconds. */
  readonly startLimitMs: number;
}

/** How long it may take to end by itself once its stdin is closed. */
const FINISH_LIMIT_MS = 2_000;
/** How long one that does not obey may take after TERM. */
const KILL_GRACE_MS = 500;

/**
 * Starts an agent and waits until it answers. It is told of no files and no terminals: it uses its own tools, which it asks
 * about.
 * @throws BatonError `agent_unavailable` when it does not answer, or speaks another version.
 */
export async function startAcp(plan: ProcessPlan, watch: ProcessWatch): Promise<AcpProcess> {
  const listeners = new Map<string, SessionListener>();
  const mark = randomUUID();
  const child = startJsonChild({
    observer: watch.observer,
    argv: plan.argv,
    cwd: plan.cwd,
    env: { ...plan.env, [MARK_VARIABLE]: mark },
    onLine: (line) => {
      if (line.kind === "json") peer.receive(line.value);
      else for (const { hearOdd } of listeners.values()) hearOdd(line);
    },
  });
  const peer = createPeer({
    send: (message) => child.send(message),
    onUpdate: (sessionId, update) => listeners.get(sessionId)?.hear(update),
    onPermission: async (asked, withdrawn) =>
      listeners.get(asked.sessionId)?.ask(asked, withdrawn) ?? { outcome: "cancelled" },
  });
  const tree = child.pid === null ? null : watchTree(child.pid, mark);
  let alive = true;
  const gone = child.exited.then((exit) => {
    alive = false;
    const failure = crashed(watch.title, exit, lastWords(child.stderr()));
    peer.fail(failure);
    return failure;
  });
  const cleared = gone.then(() => tree?.endRest());
  const kill = async () => {
    await child.stop(KILL_GRACE_MS);
    await cleared;
  };
  const stop = async () => {
    await tree?.look();
    child.endInput();
    await Promise.race([child.exited, limit(FINISH_LIMIT_MS)]);
    await kill();
  };

  try {
    const asked = peer.request("initialize", INITIALIZE, initializedSchema);
    const initialized = await Promise.race([asked, limit(watch.startLimitMs)]);
    if (initialized === undefined) throw silent(watch);
    if (initialized.protocolVersion !== PROTOCOL_VERSION)
      throw otherVersion(watch.title, initialized.protocolVersion);
    return {
      pid: child.pid,
      version: initialized.agentInfo?.version ?? null,
      capabilities: initialized.agentCapabilities,
      authMethods: initialized.authMethods,
      tree,
      request: (method, params, result) => peer.request(method, params, result),
      notify: (method, params) => peer.notify(method, params),
      gone,
      isAlive: () => alive,
      listen: (sessionId, listener) => {
        if (listeners.has(sessionId)) return null;
        listeners.set(sessionId, listener);
        return () => {
          if (listeners.get(sessionId) === listener) listeners.delete(sessionId);
        };
      },
      stop,
      kill,
    };
  } catch (error) {
    const exit = alive ? null : await child.exited;
    await kill();
    throw startFailure(error, { plan, title: watch.title, exit, said: lastWords(child.stderr()) });
  }
}

const INITIALIZE = {
  protocolVersion: PROTOCOL_VERSION,
  clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  clientInfo: { name: "baton", title: "Baton", version: "0" },
};

/** What an agent answered a request with; null for what is no answer of its own. */
export function failureIn(
  error: unknown,
  { authMethods }: Pick<AcpProcess, "authMethods">,
): AcpFailure | null {
  if (!(error instanceof RequestError)) return null;
  const { code, message, data } = error;
  return { code, message, data, authMethods };
}

function crashed(title: string, exit: ChildExit, said: string): BatonError {
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  return new BatonError(
    "agent_crashed",
    `${title} ended unexpectedly ${how}${said === "" ? "" : `: ${said}`}`,
    {
      hint: "Continue the session to go on from what the agent has kept of it.",
    },
  );
}

function silent({ title, startLimitMs }: ProcessWatch): BatonError {
  return new BatonError(
    "agent_unavailable",
    `${title} did not answer within ${startLimitMs / 1_000} seconds.`,
    {
      hint: "Run its command in a terminal: one that speaks ACP waits there in silence for JSON.",
    },
  );
}

function otherVersion(title: string, version: number): BatonError {
  return new BatonError("agent_unavailable", `${title} speaks version ${version} of ACP, Baton version 1.`, {
    hint: version > PROTOCOL_VERSION ? "Update Baton." : `Update ${title}.`,
  });
}

interface Attempt {
  readonly plan: ProcessPlan;
  readonly title: string;
  /** How it ended by itself; null when it still ran. */
  readonly exit: ChildExit | null;
  readonly said: string;
}

/** Why an agent could not be had. */
function startFailure(error: unknown, { plan, title, exit, said }: Attempt): BatonError {
  const command = plan.argv.join(" ");
  const unavailable = (message: string, hint: string) =>
    new BatonError("agent_unavailable", message, { hint, cause: error });
  if (exit !== null && exit.error !== null) {
    const message = `${title} at ${plan.argv[0]} cannot be run: ${exit.error.message}`;
    return unavailable(message, "Check that the file is a program for this machine.");
  }
  const tryIt = `Run \`${command}\` in a terminal to see what it says; \`command\` has to start it as an ACP agent.`;
  if (exit !== null) {
    return unavailable(`${title} did not start${said === "" ? "." : `: ${said}`}`, tryIt);
  }
  if (error instanceof BatonError) return error;
  const words = error instanceof z.ZodError ? "its answer is none that ACP knows" : String(error);
  return unavailable(`${title} does not speak ACP as Baton does (${words}).`, tryIt);
}
