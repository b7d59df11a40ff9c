import { createMcpHandler, isLegacyRequest } from "@modelcontextprotocol/server";
import type { Who } from "../contracts/http.ts";
import type { Connection } from "./call.ts";
import { createHttpSessions } from "./http-sessions.ts";
import { buildServer, type ServeOptions } from "./server.ts";

/** The tools over Streamable HTTP. */
export interface McpHttp {
  fetch(request: Request, who: Who): Promise<Response>;
}

/**
 * Serves revision 2026-07-28, in which each request stands for itself, and in sessions all that came before it. The
 * caller has made sure who asks.
 */
export function createMcpHttp(options: ServeOptions): McpHttp {
  const sessions = createHttpSessions(options);
  const askers = new WeakMap<Request, Who>();
  const modern = createMcpHandler(
    ({ requestInfo }) => {
      const who = requestInfo === undefined ? undefined : askers.get(requestInfo);
      if (who === undefined) throw new Error("nobody asks");
      return buildServer(options, who, WITHOUT_SESSION);
    },
    { legacy: "reject" },
  );
  return {
    fetch: async (request, who) => {
      if (await isLegacyRequest(request)) return sessions.fetch(request, who);
      askers.set(request, who);
      return modern.fetch(request);
    },
  };
}

/** Nothing tells one client from another where none has a session, nor when it is gone. */
const WITHOUT_SESSION: Connection = {
  closed: new AbortController().signal,
  followed: new Set(),
};
