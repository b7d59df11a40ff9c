import type { Route } from "../contracts/http.ts";
import type { Local } from "../hub/local.ts";
import type { McpHttp } from "../mcp/http.ts";
import { VERSION } from "./version.ts";

export interface McpRouteOptions {
  readonly local: Local;
  readonly config: string;
}

/** The tools at `/mcp` of the hub. What serves them is loaded when the first client asks: most hubs never need it. */
export function mcpRoute(options: McpRouteOptions): Route {
  let serving: Promise<McpHttp> | null = null;
  return {
    path: "/mcp",
    handle: async (request, who) => {
      serving ??= serve(options);
      return (await serving).fetch(request, who);
    },
  };
}

async function serve({ local, config }: McpRouteOptions): Promise<McpHttp> {
  const [{ createMcpHttp }, { BATON_PROFILE }, { httpFrontEnd }] = await Promise.all([
    import("../mcp/http.ts"),
    import("../mcp/server.ts"),
    import("../mcp/http-front-end.ts"),
  ]);
  const frontEnd = httpFrontEnd({ local, config, env: process.env });
  return createMcpHttp({ version: VERSION, profile: BATON_PROFILE, frontEnd });
}
