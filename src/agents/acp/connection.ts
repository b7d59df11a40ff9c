import { client, type AnyMessage } from "@agentclientprotocol/sdk";
import { z } from "zod";

import { permissionSchema, updateSchema, type Permission, type Update } from "./wire.ts";

/** What is answered to a permission request: one of its options, or that nobody waits for it any more. */
export type PermissionOutcome =
  | { readonly outcome: "selected"; readonly optionId: string }
  | { readonly outcome: "cancelled" };

/** Who hears an agent. */
export interface PeerHandlers {
  readonly send: (message: unknown) => void;
  readonly onUpdate: (sessionId: string, update: Update) => void;
  /** @param withdrawn aborts when the agent takes it back. Never rejects. */
  readonly onPermission: (asked: Permission, withdrawn: AbortSignal) => Promise<PermissionOutcome>;
}

export interface Peer {
  /**
   * @throws RequestError when the agent answers with an error, ZodError when with something else than ACP has; what `fail`
   * was given when the agent is gone.
   */
  request<S extends z.ZodType>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    result: S,
  ): Promise<z.infer<S>>;
  notify(method: string, params: Readonly<Record<string, unknown>>): void;
  /** One JSON value that arrived. What is no message is passed over. */
  receive(value: unknown): void;
  /** Ends every open and every later request with this reason. */
  fail(reason: Error): void;
}

const idSchema = z.union([z.string(), z.number()]);
const jsonrpc = z.literal("2.0");
const notificationSchema = z.looseObject({
  jsonrpc,
  method: z.literal("session/update"),
  id: z.undefined().optional(),
  params: updateSchema,
});
/** Requests, and answers to ours. */
const messageSchema = z.union([
  z.looseObject({ jsonrpc, id: idSchema, method: z.string() }),
  z.looseObject({ jsonrpc, id: idSchema, result: z.unknown() }),
  z.looseObject({ jsonrpc, id: idSchema, error: z.looseObject({ code: z.number(), message: z.string() }) }),
]);

/**
 * The client's side of ACP over lines that somebody else reads and writes: bounded lines and the process are ours, requests
 * and answers the library's. The client offers neither files nor terminals, so that an agent asks for them in vain.
 */
export function createPeer({ send, onUpdate, onPermission }: PeerHandlers): Peer {
  let queue: ReadableStreamDefaultController<AnyMessage> | null = null;
  const readable = new ReadableStream<AnyMessage>({
    start: (controller) => {
      queue = controller;
    },
  });
  const writable = new WritableStream<AnyMessage>({ write: (message) => send(message) });
  const connection = client({ name: "baton" })
    .onRequest("session/request_permission", permissionSchema, async ({ params, signal }) => ({
      outcome: await onPermission(params, signal),
    }))
    .connect({ readable, writable });
  connection.closed.catch(() => undefined);

  return {
    request: async (method, params, result) => result.parse(await connection.agent.request(method, params)),
    notify: (method, params) => {
      connection.agent.notify(method, params).catch(() => undefined);
    },
    receive: (value) => {
      // The library drops updates that its version does not know (2.4.0). Other notifications are nothing to us.
      const update = notificationSchema.safeParse(value).data;
      if (update !== undefined) onUpdate(update.params.sessionId, update.params.update);
      const message = update === undefined ? messageSchema.safeParse(value).data : undefined;
      if (message !== undefined && !connection.signal.aborted) queue?.enqueue(message);
    },
    fail: (reason) => connection.close(reason),
  };
}
