import { once } from "node:events";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Who } from "../contracts/http.ts";
import { buildServer, type ServeOptions } from "./server.ts";

/** Serves the tools over stdio until the client closes it. */
export async function serveStdio(options: ServeOptions, who: Who): Promise<void> {
  // The hub sees by the connection of this process when the client has gone.
  const connection = {
    closed: new AbortController().signal,
    followed: new Set<string>(),
  };
  const server = buildServer(options, who, connection);
  const closed = once(process.stdin, "close");
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}
