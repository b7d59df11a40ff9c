import type { Logger } from "pino";
import type { z } from "zod";
import { BatonError } from "../contracts/error.ts";
import type { TaskEvent } from "../contracts/event.ts";
import { HUB_ENDING, RPC, type RpcMethod, type RpcParams, type RpcResult } from "../contracts/rpc.ts";
import { sentenceOf } from "../contracts/sentence.ts";
import { storageError } from "../store/database.ts";
import type { Activity } from "./connection.ts";
import { loggable } from "./log-file.ts";
import { HANDLERS, type RequestContext } from "./methods.ts";
import type { HubState } from "./state.ts";

type LocalMethod = Exclude<RpcMethod, "hello">;

/** A front end inside the hub's own process: to its tools what a connection to the socket is. */
export interface LocalClient {
  call<M extends RpcMethod>(
    method: M,
    params: RpcParams<M>,
    options?: { readonly onEvent?: (event: TaskEvent) => void; readonly signal?: AbortSignal },
  ): Promise<RpcResult<M>>;
  callRunning: LocalClient["call"];
  close(): void;
}

/** Gives a client for as long as its front end is there; `closed` is aborted when it has gone. */
export type Local = (closed: AbortSignal) => LocalClient;

export interface LocalOptions {
  readonly hub: HubState;
  readonly activity: Activity;
  readonly logger: Logger;
}

export function createLocal({ hub, activity, logger }: LocalOptions): Local {
  const answer = async (method: LocalMethod, params: unknown, context: RequestContext): Promise<unknown> => {
    if (hub.isStopping()) throw new BatonError("hub_unavailable", HUB_ENDING);
    activity.begin();
    try {
      return await dispatch(hub, method, params, context);
    } catch (error) {
      // The caller gave it up, and knows why.
      context.signal.throwIfAborted();
      if (error instanceof BatonError) throw error;
      logger.error({ method, error: loggable(error) }, "a request failed");
      const isStorage = error instanceof Error && "errcode" in error;
      throw isStorage ? storageError(error, hub.places.database) : error;
    } finally {
      activity.end();
    }
  };
  return (closed) => {
    const call: LocalClient["call"] = async (method, params, { onEvent, signal } = {}) => {
      signal?.throwIfAborted();
      const context: RequestContext = {
        signal: signal ?? new AbortController().signal,
        closed,
        emit: (event) => onEvent?.(event),
      };
      if (method === "hello") throw new BatonError("invalid_argument", "the hub knows itself");
      // The compiler cannot see that a method's handler gives this method's result.
      return (await answer(method, params, context)) as RpcResult<typeof method>;
    };
    return { call, callRunning: call, close: () => undefined };
  };
}

function dispatch(
  hub: HubState,
  method: LocalMethod,
  params: unknown,
  context: RequestContext,
): Promise<unknown> {
  const schema: z.ZodType = RPC[method].params;
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new BatonError("invalid_argument", sentenceOf(parsed.error));
  // Nor can it see that a method's schema and its handler belong together.
  const handler = HANDLERS[method] as (...asked: unknown[]) => Promise<unknown>;
  return handler(hub, parsed.data, context);
}
