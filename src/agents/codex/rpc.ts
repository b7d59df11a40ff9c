import { z } from "zod";

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

/** A notification as it stands on the wire; its params are for the reader of its method. */
export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

export interface ServerRequest extends Notification {
  readonly id: string | number;
}

/** What a request of the peer is answered with. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: unknown };

/** The peer answered a request with an error. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface RpcHandlers {
  readonly send: (message: unknown) => void;
  readonly onNotification: (notification: Notification) => void;
  /** What is sent back for a request of the peer; never rejects. */
  readonly answer: (request: ServerRequest) => Promise<RpcAnswer>;
}

export interface RpcPeer {
  /** @throws RpcError when the peer answers with an error; what `fail` was given when the peer is gone. */
  request<S extends z.ZodType>(method: string, params: unknown, result: S): Promise<z.infer<S>>;
  notify(method: string): void;
  /** One message that arrived. What is no message at all is passed over. */
  receive(message: unknown): void;
  /** Ends every open and every later request with this reason. */
  fail(reason: Error): void;
}

/** JSON-RPC as `codex app-server` speaks it: without the `jsonrpc` field (Codex 0.169.0). */
export function createRpcPeer(handlers: RpcHandlers): RpcPeer {
  const open = new Map<string | number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let failure: Error | null = null;

  return {
    async request(method, params, result) {
      if (failure !== null) throw failure;
      lastId += 1;
      const answer = Promise.withResolvers<unknown>();
      open.set(lastId, answer);
      handlers.send({ id: lastId, method, params });
      return result.parse(await answer.promise);
    },
    notify: (method) => handlers.send({ method }),
    receive(message) {
      const { id, method, params, result, error } = messageSchema.safeParse(message).data ?? {};
      if (method === undefined) {
        const waiting = id === undefined ? undefined : open.get(id);
        if (id !== undefined) open.delete(id);
        if (error === undefined) waiting?.resolve(result);
        else waiting?.reject(new RpcError(error.code, error.message));
      } else if (id === undefined) {
        handlers.onNotification({ method, params });
      } else {
        void handlers.answer({ id, method, params }).then((answer) => handlers.send({ id, ...answer }));
      }
    },
    fail(reason) {
      failure = reason;
      for (const { reject } of open.values()) reject(reason);
      open.clear();
    },
  };
}
