import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { z } from "zod";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import {
  clientLineSchema,
  HUB_ENDING,
  HUB_OTHER_TOKEN,
  PROTOCOL,
  RPC,
  type HubLine,
} from "../contracts/rpc.ts";
import { sentenceOf } from "../contracts/sentence.ts";
import { storageError } from "../store/database.ts";
import { createLineReader, type Line } from "../process/json-lines.ts";
import { loggable } from "./log-file.ts";
import { HANDLERS, isMethod, type RequestContext } from "./methods.ts";
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

/** Serves one front end: JSON lines, many requests at a time, nothing before a `hello` with the token. */
export function serveConnection(socket: Socket, { hub, token, activity, logger }: ConnectionOptions): void {
  const requests = new Map<number, AbortController>();
  const closed = new AbortController();
  let greeted = false;

  const send = (line: HubLine) => {
    if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
  };
  const call = async (name: string, params: unknown, context: RequestContext): Promise<unknown> => {
    if (name === "hello") {
      const hello = parsed(RPC.hello.params, params);
      checkToken(hello.token, token);
      greeted = true;
      return { protocol: PROTOCOL, version: hub.version, pid: process.pid };
    }
    if (!greeted) throw new BatonError("hub_unavailable", "a connection begins with hello");
    if (!isMethod(name)) {
      throw new BatonError("invalid_argument", `this hub (${hub.version}) has no ${name}`, {
        hint: "Run `baton hub stop` so that the next command starts the hub of its own version.",
      });
    }
    if (hub.isStopping()) throw new BatonError("hub_unavailable", HUB_ENDING);
    return dispatch(name, hub, params, context);
  };
  const explained = (name: string, error: unknown): TaskError => {
    if (!(error instanceof BatonError))
      logger.error({ method: name, error: loggable(error) }, "a request failed");
    const isStorage = error instanceof Error && "errcode" in error;
    return isStorage ? storageError(error, hub.places.database).error : errorOf(error, "hub_unavailable");
  };
  const answer = async (id: number, name: string, params: unknown): Promise<void> => {
    const controller = new AbortController();
    requests.set(id, controller);
    activity.begin();
    try {
      const emit: RequestContext["emit"] = (event) => send({ id, event });
      send({
        id,
        result: await call(name, params, { signal: controller.signal, closed: closed.signal, emit }),
      });
    } catch (error) {
      if (!controller.signal.aborted) send({ id, error: explained(name, error) });
    } finally {
      requests.delete(id);
      activity.end();
    }
  };
  const reader = createLineReader((line) => {
    const request = clientLineOf(line);
    if (request === null) socket.destroy();
    else if ("abandon" in request) requests.get(request.abandon)?.abort();
    else void answer(request.id, request.method, request.params);
  });

  socket.on("data", (chunk: Buffer) => reader.write(chunk));
  // A front end that is gone closes the connection; that is no event of ours.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed.abort();
    for (const controller of requests.values()) controller.abort();
  });
}

async function dispatch(
  name: keyof typeof HANDLERS,
  hub: HubState,
  params: unknown,
  context: RequestContext,
): Promise<unknown> {
  const schema: z.ZodType = RPC[name].params;
  // The compiler cannot see that a method's schema and its handler belong together.
  const handler = HANDLERS[name] as (hub: HubState, params: unknown, context: RequestContext) => unknown;
  return handler(hub, parsed(schema, params), context);
}

function clientLineOf(line: Line) {
  if (line.kind !== "json") return null;
  return clientLineSchema.safeParse(line.value).data ?? null;
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BatonError("invalid_argument", sentenceOf(result.error));
}

function checkToken(given: string, expected: string): void {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw new BatonError("hub_unavailable", HUB_OTHER_TOKEN, {
    hint: "Check that BATON_HOME is the folder of the hub that you want.",
  });
}
