import { readFile } from "node:fs/promises";

import type { Baton } from "./command.ts";
import type { ToolResult } from "./mcp-client.ts";

export interface HttpMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Where a hub that is up answers MCP, and what a client shows it. */
export interface Address {
  readonly url: string;
  readonly token: string;
}

export async function addressOf(baton: Baton): Promise<Address> {
  const status = (await baton.json(["hub", "start"])) as { http_url: string; token_file: string };
  return { url: `${status.http_url}/mcp`, token: await readFile(status.token_file, "utf8") };
}

/** The messages of an answer, each as it comes, whether it is one JSON value or a stream. */
export async function* messagesOf(response: Response): AsyncGenerator<HttpMessage> {
  if (response.headers.get("content-type")?.includes("text/event-stream") !== true) {
    const text = await response.text();
    if (text !== "") yield JSON.parse(text) as HttpMessage;
    return;
  }
  let rest = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + piece).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice("data: ".length)) as HttpMessage;
    }
  }
}

/** A client of a revision before 2026-07-28 that can be made to do anything. */
export interface HttpClient {
  readonly session: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly post: (message: unknown, options?: { readonly signal?: AbortSignal }) => Promise<Response>;
  /** Calls a tool and gives what the server says meanwhile, then the answer. */
  readonly stream: (id: number, name: string, args: unknown) => Promise<AsyncGenerator<HttpMessage>>;
  readonly call: (name: string, args: unknown) => Promise<ToolResult>;
}

export interface HttpClientOptions {
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

export async function connectHttp(
  { url, token }: Address,
  { capabilities = {} }: HttpClientOptions = {},
): Promise<HttpClient> {
  const accept = "application/json, text/event-stream";
  const base = { authorization: `Bearer ${token}`, "content-type": "application/json", accept };
  const send = (headers: Record<string, string>, message: unknown, signal: AbortSignal | null = null) =>
    fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ jsonrpc: "2.0", ...(message as object) }),
      signal,
    });
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities, clientInfo };
  const opened = await send(base, { id: 0, method: "initialize", params });
  const session = opened.headers.get("mcp-session-id");
  if (session === null) throw new Error(`no session: ${opened.status} ${await opened.text()}`);
  await opened.text();
  const headers = { ...base, "mcp-session-id": session, "mcp-protocol-version": "2025-06-18" };
  let nextId = 1_000;
  const client: HttpClient = {
    session,
    headers,
    post: (message, { signal } = {}) => send(headers, message, signal),
    stream: async (id, name, args) => {
      const _meta = { progressToken: id };
      return messagesOf(
        await client.post({ id, method: "tools/call", params: { name, arguments: args, _meta } }),
      );
    },
    call: async (name, args) => {
      for await (const { result, error } of await client.stream(nextId++, name, args)) {
        if (error !== undefined) throw new Error(`${name}: ${error.message}`);
        if (result !== undefined) return result as unknown as ToolResult;
      }
      throw new Error(`${name}: no answer`);
    },
  };
  await client.post({ method: "notifications/initialized" });
  return client;
}
