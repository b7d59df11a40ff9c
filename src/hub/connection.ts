import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import {
  clientLineSchema,
  HUB_OTHER_TOKEN,
  PROTOCOL,
  RPC,
  type ClientLine,
  type HubLine,
  type RpcResult,
} from "../contracts/rpc.ts";
import { storageError } from "../store/database.ts";
import { createLineReader, type Line } from "../process/json-lines.ts";
import { loggable } from "./log-file.ts";
import { dispatch, type Incoming } from "./dispatch.ts";
import type { HubState } from "./state.ts";

/** What a connection tells the hub about, so that it knows when nobody needs it. */
export interface Activity {
  begin(): void;
  end(): void;
}

export interface ConnectionOptions {
  readonly hub: HubState;
  readonly token: string;
  readonly activity: Activity;
  readonly logger: Logger;
}

type Request = Extract<ClientLine, { readonly method: string }>;

/** Serves one front end: JSON lines, many requests at a time, nothing before a `hello` with the token. */
export function serveConnection(socket: Socket, { hub, token, activity, logger }: ConnectionOptions): void {
  const requests = new Map<number, AbortController>();
  const closed = new AbortController();
  let greeted = false;

  const send = (line: HubLine) => {
    if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
  };
  const greet = (params: unknown): RpcResult<"hello"> => {
    const hello = RPC.hello.params.safeParse(params).data;
    checkToken(hello?.token ?? "", token);
    greeted = true;
    return { protocol: PROTOCOL, version: hub.version, pid: process.pid };
  };
  const call = async (request: Request, context: Pick<Incoming, "signal" | "closed" | "emit">) => {
    const { method, params, origin = null } = request;
    if (method === "hello") return greet(params);
    if (!greeted) throw new BatonError("hub_unavailable", "a connection begins with hello");
    return dispatch(hub, { method, params, origin, child: null, ...context });
  };
  const explained = (name: string, error: unknown): TaskError => {
    if (!(error instanceof BatonError))
      logger.error({ method: name, error: loggable(error) }, "a request failed");
    const isStorage = error instanceof Error && "errcode" in error;
    return isStorage ? storageError(error, hub.places.database).error : errorOf(error, "hub_unavailable");
  };
  const answer = async (request: Request): Promise<void> => {
    const { id, method } = request;
    const controller = new AbortController();
    requests.set(id, controller);
    activity.begin();
    try {
      const emit: Incoming["emit"] = (event) => send({ id, event });
      const { signal } = controller;
      send({ id, result: await call(request, { signal, closed: closed.signal, emit }) });
    } catch (error) {
      if (!controller.signal.aborted) send({ id, error: explained(method, error) });
    } finally {
      requests.delete(id);
      activity.end();
    }
  };
  const reader = createLineReader((line) => {
    const request = clientLineOf(line);
    if (request === null) socket.destroy();
    else if ("abandon" in request) requests.get(request.abandon)?.abort();
    else void answer(request);
  });

  socket.on("data", (chunk: Buffer) => reader.write(chunk));
  // A front end that is gone closes the connection; that is no event of ours.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed.abort();
    for (const controller of requests.values()) controller.abort();
  });
}

function clientLineOf(line: Line) {
  if (line.kind !== "json") return null;
  return clientLineSchema.safeParse(line.value).data ?? null;
}

function checkToken(given: string, expected: string): void {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw new BatonError("hub_unavailable", HUB_OTHER_TOKEN, {
    hint: "Check that BATON_HOME is the folder of the hub that you want.",
  });
}
