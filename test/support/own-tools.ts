import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

import { createMcpHandler, Server } from "@modelcontextprotocol/server";

import type { ToolAccess } from "../../src/agents/driver.ts";

export interface HeardRequest {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An MCP server over Streamable HTTP like the hub's own, which writes down what it is sent. */
export interface OwnTools extends ToolAccess {
  readonly heard: readonly HeardRequest[];
  close(): Promise<void>;
}

const NO_ARGUMENTS = { type: "object", properties: {} } as const;

/** Its tools are `look`, annotated as one that only reads, and `work`; each answers with its name. */
export async function startOwnTools(): Promise<OwnTools> {
  const heard: HeardRequest[] = [];
  const handler = createMcpHandler(() => {
    const server = new Server({ name: "baton", version: "1" }, { capabilities: { tools: {} } });
    server.setRequestHandler("tools/list", () => ({
      tools: [
        { name: "look", inputSchema: NO_ARGUMENTS, annotations: { readOnlyHint: true } },
        { name: "work", inputSchema: NO_ARGUMENTS },
      ],
    }));
    server.setRequestHandler("tools/call", ({ params }) => ({
      content: [{ type: "text", text: `${params.name} was called` }],
    }));
    return server;
  });
  const server = createServer((incoming, to) => {
    const answer = async () => {
      const body = incoming.method === "POST" ? await json(incoming) : undefined;
      const { method, params } = (body ?? { method: incoming.method, params: {} }) as HeardRequest;
      heard.push({ method, params, authorization: incoming.headers.authorization });
      const { authorization: _, ...rest } = incoming.headers;
      const headers = Object.entries(rest).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as [string, string]] : [],
      );
      const request = new Request("http://127.0.0.1/mcp", {
        method: incoming.method ?? "GET",
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const response = await handler.fetch(request);
      to.writeHead(response.status, Object.fromEntries(response.headers));
      for await (const part of response.body ?? []) to.write(part);
      to.end();
    };
    answer().catch(() => to.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    credential: "credential-of-this-conversation",
    command: ["baton"],
    heard,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, handler.close()]);
    },
  };
}
