import { mkdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BatonError } from "../contracts/error.ts";
import type { Origin } from "../contracts/origin.ts";
import {
  HUB_ENDING,
  HUB_OTHER_TOKEN,
  PROTOCOL,
  type RpcInput,
  type RpcMethod,
  type RpcResult,
} from "../contracts/rpc.ts";
import { placesIn, type Places } from "../process/places.ts";
import { spawnHub, type Entry } from "./hub-process.ts";
import { replace } from "./replace.ts";
import { ConnectionLost, openWire, type CallOptions, type Wire } from "./wire.ts";

/** How long a front end tries to reach or start a hub, in milliseconds. */
const REACH_LIMIT_MS = 20_000;
/** The first pause before trying again, and the longest: each is twice the one before. */
const RETRY_MS = 25;
const MAX_RETRY_MS = 250;
/** A hub that dies under a request is replaced this often before the request fails. */
const MAX_ATTEMPTS = 3;

export interface ClientOptions {
  readonly home: string;
  readonly config: string;
  readonly version: string;
  readonly entry: Entry;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What may be asked of a hub that is there without starting one. */
export type Looking = "hub.status" | "hub.stop" | "task.list" | "session.list" | "request.list";

/** Requests in the name of one caller. */
export interface HubClient {
  /**
   * Asks the hub; asks again when it goes away in between, which every method allows.
   * @throws BatonError of the hub, or `hub_unavailable`
   */
  call<M extends RpcMethod>(
    method: M,
    params: RpcInput<M>,
    options?: Omit<CallOptions, "origin">,
  ): Promise<RpcResult<M>>;
}

/** The way of a front end to the hub; a hub is started when none is there. */
export interface HubConnection {
  /** `origin` is asked for with each call: it may take a moment, and a hub is looked for meanwhile. */
  as(origin: () => Promise<Origin>): HubClient;
  /** Asks the hub that is there, of whatever version (lists need one of ours), or gives null: starts none. */
  callRunning<M extends Looking>(
    method: M,
    params: RpcInput<M>,
    origin: Origin,
  ): Promise<RpcResult<M> | null>;
  close(): void;
}

export function createClient(options: ClientOptions): HubConnection {
  const places = placesIn(options.home);
  let wire: Promise<Wire> | null = null;
  let isClosed = false;

  const connected = async (): Promise<Wire> => {
    const current = wire === null ? null : await wire.catch(() => null);
    if (current?.isOpen() === true) return current;
    wire = reach(options, places);
    return wire;
  };

  const as = (originOf: () => Promise<Origin>): HubClient => ({
    call: async (method, params, callOptions = {}) => {
      let current = params;
      const onEvent: CallOptions["onEvent"] = (event) => {
        // A request for events that is asked again goes on after the last one that came.
        if ("after" in current && method === "task.events") current = { ...current, after: event.seq };
        callOptions.onEvent?.(event);
      };
      const retry = createRetry();
      for (;;) {
        try {
          const [connection, origin] = await Promise.all([connected(), originOf()]);
          return await connection.call(method, current, { ...callOptions, origin, onEvent });
        } catch (error) {
          if (isClosed || !retry.allows(error)) throw readable(error);
        }
        await delay(retry.pauseMs());
      }
    },
  });

  return {
    as,
    callRunning: async (method, params, origin) => {
      const existing = await tryConnect(places, (wire) => hello(wire, options, places));
      if (typeof existing === "string") return null;
      try {
        return await existing.wire.call(method, params, { origin });
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      } finally {
        existing.wire.close();
      }
    },
    close: () => {
      isClosed = true;
      void wire?.then(
        (open) => open.close(),
        () => undefined,
      );
    },
  };
}

/** Decides how long a call is asked again: a few hubs may die under it, and one that ends gets the time to be gone. */
function createRetry() {
  let lost = 0;
  let endingSince: number | null = null;
  return {
    allows: (error: unknown): boolean => {
      if (isEnding(error)) {
        endingSince ??= performance.now();
        return performance.now() - endingSince < REACH_LIMIT_MS;
      }
      endingSince = null;
      lost += 1;
      return error instanceof ConnectionLost && lost < MAX_ATTEMPTS;
    },
    pauseMs: () => (endingSince === null ? RETRY_MS : MAX_RETRY_MS / 2),
  };
}

function isGone(error: unknown): boolean {
  return error instanceof ConnectionLost || isEnding(error);
}

function isEnding(error: unknown): boolean {
  return error instanceof BatonError && error.message === HUB_ENDING;
}

function isStaleToken(error: BatonError): boolean {
  return error.message === HUB_OTHER_TOKEN;
}

function readable(error: unknown): unknown {
  if (!(error instanceof ConnectionLost)) return error;
  return new BatonError("hub_unavailable", "the hub went away again and again", {
    hint: "The file hub.log in BATON_HOME says why.",
  });
}

/** A connection to the hub, which is started when nobody listens. */
async function reach(options: ClientOptions, places: Places): Promise<Wire> {
  refuseInSandbox(options.env);
  const deadline = performance.now() + REACH_LIMIT_MS;
  for (let pause = RETRY_MS; ; pause = Math.min(2 * pause, MAX_RETRY_MS)) {
    const found = await tryConnect(places, (wire) => greet(wire, options, places));
    if (typeof found !== "string") return found;
    if (performance.now() > deadline) {
      throw new BatonError("hub_unavailable", `no hub answers at ${places.socket}: ${found}`, {
        hint: "Look into hub.log in BATON_HOME, or set BATON_HOME to another folder.",
      });
    }
    await makeHome(options.home);
    await spawnHub(options);
    await delay(pause);
  }
}

/** A greeted connection, or in a word why there is none. */
async function tryConnect<T>(places: Places, greeting: (wire: Wire) => Promise<T>): Promise<T | string> {
  let wire: Wire | null = null;
  try {
    wire = await openWire(places.socket);
    return await greeting(wire);
  } catch (error) {
    wire?.close();
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EPERM" || code === "EACCES") throw inSandbox();
    // A hub puts back a token that was overwritten, and a newer hub has another one: both are a matter of moments.
    if (error instanceof BatonError && !isEnding(error) && !isStaleToken(error)) throw error;
    return error instanceof BatonError ? error.message : String(error);
  }
}

interface Greeted {
  readonly wire: Wire;
  readonly hello: RpcResult<"hello">;
}

async function hello(wire: Wire, { version }: ClientOptions, places: Places): Promise<Greeted> {
  const token = await readFile(places.tokenFile, "utf8");
  return { wire, hello: await wire.call("hello", { token, protocol: PROTOCOL, version }) };
}

/** A connection to a hub of our protocol; one of another is asked to go. */
async function greet(wire: Wire, options: ClientOptions, places: Places): Promise<Wire> {
  const greeted = await hello(wire, options, places);
  if (greeted.hello.protocol === PROTOCOL) return wire;
  await replace(greeted, options.version);
  throw new BatonError("hub_unavailable", HUB_ENDING);
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new BatonError("hub_unavailable", `the folder ${home} cannot be made: ${String(error)}`, {
      hint: "Give BATON_HOME a folder that you may write to.",
      cause: error,
    });
  }
}

/** Codex 0.169.0 marks the shells of its sandbox; no socket can be reached from there, and no hub could work there. */
const SANDBOX_MARKS = ["CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED"];

function refuseInSandbox(env: ClientOptions["env"]): void {
  if (SANDBOX_MARKS.some((name) => env[name] !== undefined)) throw inSandbox();
}

function inSandbox(): BatonError {
  return new BatonError("hub_unavailable", "the hub cannot be reached from inside a sandbox", {
    hint: "Use the Baton tool (ask_agent of the MCP server `baton`) in place of the shell command.",
    retryable: false,
  });
}
