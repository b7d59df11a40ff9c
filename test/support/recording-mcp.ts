import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { z } from "zod";

/** One message that a client sent, and the headers that it came with. */
export interface McpMessage {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

/** A small MCP server over Streamable HTTP that keeps what it is sent. */
export interface McpHttpServer {
  readonly url: string;
  readonly messages: readonly McpMessage[];
  /** Every request for a tool so far. */
  calls(): readonly McpMessage[];
  close(): Promise<void>;
}

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
const callSchema = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

const inputSchema = { type: "object", properties: {} };
const TOOLS = [
  { name: "look", description: "looks", inputSchema, annotations: { readOnlyHint: true } },
  { name: "act", description: "acts", inputSchema },
];

/** @param delayMs how long it takes to answer a client's first message */
export async function startMcpHttp({
  delayMs = 0,
}: { readonly delayMs?: number } = {}): Promise<McpHttpServer> {
  const messages: McpMessage[] = [];
  const server = createServer((request, to) => {
    serve(request, to).catch(() => to.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    messages,
    calls: () => messages.filter(({ method }) => method === "tools/call"),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };

  async function serve(request: IncomingMessage, to: ServerResponse): Promise<void> {
    if (request.method !== "POST") {
      to.writeHead(405).end();
      return;
    }
    const { id, method = "", params = {} } = messageSchema.parse(await json(request));
    messages.push({ method, params, headers: request.headers });
    if (id === undefined) {
      to.writeHead(202).end();
      return;
    }
    const answer = () => {
      to.writeHead(200, { "content-type": "application/json", "mcp-session-id": "one" });
      to.end(JSON.stringify({ jsonrpc: "2.0", id, result: resultOf(method, params) }));
    };
    if (method === "initialize") setTimeout(answer, delayMs);
    else answer();
  }
}

function resultOf(method: string, params: Readonly<Record<string, unknown>>): unknown {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params["protocolVersion"],
        capabilities: { tools: {} },
        serverInfo: { name: "baton", version: "1" },
        instructions: "Hands work to other agents.",
      };
    case "tools/list":
      return { tools: TOOLS };
    case "tools/call":
      return { content: [{ type: "text", text: `did ${callSchema.parse(params).name}` }] };
    default:
      return {};
  }
}
