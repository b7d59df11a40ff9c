import type { Logger } from "pino";
import { BatonError } from "../contracts/error.ts";
import type { TaskEvent } from "../contracts/event.ts";
import type { Who } from "../contracts/http.ts";
import type { Origin } from "../contracts/origin.ts";
import type { RpcInput, RpcMethod, RpcResult } from "../contracts/rpc.ts";
import { storageError } from "../store/database.ts";
import type { Activity } from "./connection.ts";
import { dispatch, type Incoming } from "./dispatch.ts";
import { loggable } from "./log-file.ts";
import type { HubState } from "./state.ts";

/** A front end inside the hub's own process: to its tools what a connection to the socket is. */
export interface LocalClient {
  call<M extends RpcMethod>(
    method: M,
    params: RpcInput<M>,
    options?: { readonly onEvent?: (event: TaskEvent) => void; readonly signal?: AbortSignal },
  ): Promise<RpcResult<M>>;
}

/** Who is behind it, and until when; `closed` is aborted when it has gone. */
export interface LocalCaller {
  readonly who: Who;
  readonly origin: Origin;
  readonly closed: AbortSignal;
}

export type Local = (caller: LocalCaller) => LocalClient;

export interface LocalOptions {
  readonly hub: HubState;
  readonly activity: Activity;
  readonly logger: Logger;
}

export function createLocal({ hub, activity, logger }: LocalOptions): Local {
  const answer = async (incoming: Incoming): Promise<unknown> => {
    activity.begin();
    try {
      return await dispatch(hub, incoming);
    } catch (error) {
      // The caller gave it up, and knows why.
      incoming.signal.throwIfAborted();
      if (error instanceof BatonError) throw error;
      logger.error({ method: incoming.method, error: loggable(error) }, "a request failed");
      const isStorage = error instanceof Error && "errcode" in error;
      throw isStorage ? storageError(error, hub.places.database) : error;
    } finally {
      activity.end();
    }
  };
  return ({ who, origin, closed }) => ({
    call: async (method, params, { onEvent, signal = new AbortController().signal } = {}) => {
      signal.throwIfAborted();
      const child = who.kind === "child" ? who : null;
      const emit: Incoming["emit"] = (event) => onEvent?.(event);
      // The compiler cannot see that a method's handler gives this method's result.
      return (await answer({ method, params, origin, child, closed, signal, emit })) as RpcResult<
        typeof method
      >;
    },
  });
}
