import { mkdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BatonError } from "../contracts/error.ts";
import { HUB_ENDING, PROTOCOL, type RpcMethod, type RpcParams, type RpcResult } from "../contracts/rpc.ts";
import { placesIn, type Places } from "../process/places.ts";
import { spawnHub, type Entry } from "./hub-process.ts";
import { ConnectionLost, openWire, type CallOptions, type Wire } from "./wire.ts";

/** How long a front end tries to reach or start a hub, in milliseconds. */
const REACH_LIMIT_MS = 15_000;
const RETRY_MS = 25;
/** A hub that dies under a request is replaced this often before the request fails. */
const MAX_ATTEMPTS = 3;

export interface ClientOptions {
  readonly home: string;
  readonly config: string;
  readonly version: string;
  readonly entry: Entry;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The way of a front end to the hub; a hub is started when none is there. */
export interface HubClient {
  /**
   * Asks the hub; asks again when it goes away in between, which every method allows.
   * @throws BatonError of the hub, or `hub_unavailable`
   */
  call<M extends RpcMethod>(method: M, params: RpcParams<M>, options?: CallOptions): Promise<RpcResult<M>>;
  /** Asks the hub that is there, or gives null: starts none. */
  callRunning<M extends RpcMethod>(method: M, params: RpcParams<M>): Promise<RpcResult<M> | null>;
  close(): void;
}

export function createClient(options: ClientOptions): HubClient {
  const places = placesIn(options.home);
  let wire: Promise<Wire> | null = null;
  let isClosed = false;

  const connected = async (): Promise<Wire> => {
    const current = wire === null ? null : await wire.catch(() => null);
    if (current?.isOpen() === true) return current;
    wire = reach(options, places);
    return wire;
  };

  return {
    call: async (method, params, callOptions = {}) => {
      let current = params;
      const onEvent: CallOptions["onEvent"] = (event) => {
        // A request for events that is asked again goes on after the last one that came.
        if ("after" in current && method === "task.events") current = { ...current, after: event.seq };
        callOptions.onEvent?.(event);
      };
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await (await connected()).call(method, current, { ...callOptions, onEvent });
        } catch (error) {
          if (isClosed || !isGone(error) || attempt === MAX_ATTEMPTS) throw readable(error);
        }
        // Whoever is ending gets the time to be gone.
        await delay(RETRY_MS);
      }
    },
    callRunning: async (method, params) => {
      const existing = await tryConnect(options, places);
      if (typeof existing === "string") return null;
      try {
        return await existing.call(method, params);
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      } finally {
        existing.close();
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

function isGone(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof BatonError && error.message === HUB_ENDING);
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
  for (;;) {
    const found = await tryConnect(options, places);
    if (typeof found !== "string") return found;
    if (performance.now() > deadline) {
      throw new BatonError("hub_unavailable", `no hub answers at ${places.socket}: ${found}`, {
        hint: "Look into hub.log in BATON_HOME, or set BATON_HOME to another folder.",
      });
    }
    await makeHome(options.home);
    await spawnHub(options);
    await delay(RETRY_MS);
  }
}

/** A greeted connection, or in a word why there is none. */
async function tryConnect(options: ClientOptions, places: Places): Promise<Wire | string> {
  try {
    const wire = await openWire(places.socket);
    return await greet(wire, options, places);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EPERM" || code === "EACCES") throw inSandbox();
    if (error instanceof BatonError && error.message !== HUB_ENDING) throw error;
    return String(error);
  }
}

async function greet(wire: Wire, options: ClientOptions, places: Places): Promise<Wire> {
  const token = await readFile(places.tokenFile, "utf8");
  const hello = await wire.call("hello", { token, protocol: PROTOCOL, version: options.version });
  if (hello.protocol === PROTOCOL) return wire;
  wire.close();
  throw new BatonError(
    "hub_unavailable",
    `the hub that runs is of version ${hello.version}, this command of ${options.version}`,
    { hint: "Wait until its tasks are done and run `baton hub stop` of that version." },
  );
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
