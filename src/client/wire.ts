import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { BatonError } from "../contracts/error.ts";
import type { TaskEvent } from "../contracts/event.ts";
import type { Origin } from "../contracts/origin.ts";
import {
  hubLineSchema,
  RPC,
  type ClientLine,
  type RpcInput,
  type RpcMethod,
  type RpcResult,
} from "../contracts/rpc.ts";
import { createLineReader } from "../process/json-lines.ts";

/** The connection ended before the answer came: whether the hub has seen the request is not known. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

export interface CallOptions {
  /** Whose request it is; the methods that hubs of all versions have need none. */
  readonly origin?: Origin;
  readonly onEvent?: (event: TaskEvent) => void;
  /** Aborting it abandons the request; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One connection to a hub. */
export interface Wire {
  call<M extends RpcMethod>(method: M, params: RpcInput<M>, options?: CallOptions): Promise<RpcResult<M>>;
  isOpen(): boolean;
  close(): void;
}

interface Pending {
  readonly settle: PromiseWithResolvers<unknown>;
  readonly onEvent: ((event: TaskEvent) => void) | undefined;
}

/** Connects to the socket of a hub; rejects with the system's error when nobody listens there. */
export async function openWire(socketPath: string): Promise<Wire> {
  const socket = connect(socketPath);
  await once(socket, "connect");
  return createWire(socket);
}

/** A list of tasks has all of their answers in it, and the hub is no stranger. */
const MAX_HUB_LINE = 256 * 1024 * 1024;

function createWire(socket: Socket): Wire {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let open = true;
  const send = (line: ClientLine) => void socket.write(`${JSON.stringify(line)}\n`);

  const reader = createLineReader((line) => {
    const parsed = line.kind === "json" ? hubLineSchema.safeParse(line.value).data : undefined;
    if (parsed === undefined) {
      socket.destroy();
      return;
    }
    const entry = pending.get(parsed.id);
    if ("event" in parsed) {
      entry?.onEvent?.(parsed.event);
      return;
    }
    pending.delete(parsed.id);
    if ("error" in parsed) entry?.settle.reject(BatonError.from(parsed.error));
    else entry?.settle.resolve(parsed.result);
  }, MAX_HUB_LINE);
  socket.on("data", (chunk: Buffer) => reader.write(chunk));
  socket.on("error", () => undefined);
  socket.on("close", () => {
    open = false;
    for (const { settle } of pending.values()) settle.reject(new ConnectionLost("the hub has gone away"));
    pending.clear();
    socket.unref();
  });

  return {
    call: async (method, params, { origin, onEvent, signal } = {}) => {
      signal?.throwIfAborted();
      if (!open) throw new ConnectionLost("the hub has gone away");
      const id = nextId++;
      const settle = Promise.withResolvers<unknown>();
      pending.set(id, { settle, onEvent });
      const abandon = () => {
        pending.delete(id);
        if (open) send({ abandon: id });
        settle.reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", abandon, { once: true });
      send({ id, method, origin, params });
      try {
        const result = await settle.promise;
        // The compiler cannot see that the schema at `method` makes this method's result.
        return RPC[method].result.parse(result) as RpcResult<typeof method>;
      } finally {
        signal?.removeEventListener("abort", abandon);
      }
    },
    isOpen: () => open,
    close: () => socket.destroy(),
  };
}
