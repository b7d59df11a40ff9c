import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BatonError } from "../contracts/error.ts";

const MAX_BODY = 4 * 1024 * 1024;

/** Thrown for a body beyond the limit, which has its own HTTP status. */
export class BodyTooLarge extends BatonError {
  constructor() {
    super("invalid_argument", "the request is larger than 4 MiB", { hint: "Send less at a time." });
  }
}

/** A request as fetch knows it; its signal is aborted when the client goes before it has the whole answer. */
export async function requestOf(incoming: IncomingMessage, response: ServerResponse, url: string) {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort(new Error("the client has gone"));
  });
  const { method = "GET" } = incoming;
  const body = await bodyOf(incoming);
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(url, { method, headers, signal: gone.signal, ...(hasBody ? { body } : {}) });
}

/** What lies beyond the limit is read and let go of: who still sends could not hear why it is refused. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  });
  await once(incoming, "end");
  if (size > MAX_BODY) throw new BodyTooLarge();
  return new Uint8Array(Buffer.concat(chunks));
}

/** Writes an answer of fetch, each piece as it comes; ends it at its source when the client goes. */
export async function respond(outgoing: ServerResponse, { status, headers, body }: Response): Promise<void> {
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (body === null) {
    outgoing.end();
    return;
  }
  // A stream may stay silent for long: its client wants to know that it is open.
  outgoing.flushHeaders();
  const reader = body.getReader();
  const leave = () => void reader.cancel().catch(() => undefined);
  outgoing.on("close", leave);
  // It may have gone while the answer was made.
  if (outgoing.destroyed) leave();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value)) await drained(outgoing);
  }
  outgoing.off("close", leave);
  outgoing.end();
}

async function drained(outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.once("drain", resolve).once("close", resolve);
  await promise;
  outgoing.off("drain", resolve).off("close", resolve);
}
