import type { AgentSettings, ToolAccess } from "../driver.ts";
import type { McpServer } from "./config.ts";

/** What a thread's configuration says about one MCP server, beside what the user's and the project's say. */
export type ServerChange = Readonly<Record<string, unknown>>;

/** Longer than any call of Baton's takes to return by itself (240 s), in seconds. */
const TOOL_LIMIT_S = 600;
/** After this a server counts as one that does not start, in seconds. */
const START_LIMIT_S = 10;

/**
 * Keeps the servers out that must not run in a child, and tells the programs among the others how deep they are.
 * Tables and not dotted keys: Codex splits those at every dot, quoted or not (0.169.0).
 */
export function changedServers(
  servers: readonly McpServer[],
  settings: AgentSettings,
  exported: Readonly<Record<string, string>>,
): Readonly<Record<string, ServerChange>> {
  const changes = servers.flatMap((server): [string, ServerChange][] => {
    if (!runs(server, settings)) return [[server.name, { enabled: false }]];
    return server.isProgram ? [[server.name, { env: exported }]] : [];
  });
  return Object.fromEntries(changes);
}

function runs({ isBaton, isOfProject }: McpServer, settings: AgentSettings): boolean {
  if (isBaton) return false;
  return settings.mcp_servers || (isOfProject && settings.project_config);
}

/**
 * The name under which a thread gets Baton's own tools: `baton`, unless the user or the project has a server of that
 * name. What a thread says is merged with it key by key, and `url` beside `command` is an error (Codex 0.169.0), so
 * that one is disabled and ours gets the next name: the model sees `mcp__baton_hub`.
 */
export function toolsName(servers: readonly McpServer[]): string {
  const taken = new Set(servers.map(({ name }) => name));
  let name = "baton";
  for (let count = 1; taken.has(name); count += 1) name = count === 1 ? "baton_hub" : `baton_hub_${count}`;
  return name;
}

/** Baton's own server. The hub decides what a caller may, so that nothing of it needs another approval. */
export function toolsServer({ url, credential }: ToolAccess): ServerChange {
  return {
    url,
    http_headers: { Authorization: `Bearer ${credential}` },
    default_tools_approval_mode: "approve",
    supports_parallel_tool_calls: true,
    tool_timeout_sec: TOOL_LIMIT_S,
    startup_timeout_sec: START_LIMIT_S,
  };
}
