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

/** Baton's own server in a thread. */
export interface OwnServer {
  readonly name: string;
  readonly change: ServerChange;
}

/**
 * Baton's own server, by the name `baton`. What a thread says of a server is merged key by key with what the user says,
 * nothing can be taken out, and `url` beside `command` is an error (Codex 0.169.0): where the user has registered Baton
 * as a program, it stays one and is started with our arguments. One registered by address keeps its name, and ours gets
 * the next one: the model sees `mcp__baton_hub`.
 */
export function ownServer(servers: readonly McpServer[], tools: ToolAccess): OwnServer {
  const same = servers.find(({ name }) => name === NAME);
  if (same?.isProgram === true) {
    const [command, ...args] = tools.command;
    return { name: NAME, change: { ...terms(), enabled: true, command, args } };
  }
  const { url, credential } = tools;
  const change = { ...terms(), url, http_headers: { Authorization: `Bearer ${credential}` } };
  return { name: freeName(servers), change };
}

const NAME = "baton";

function freeName(servers: readonly McpServer[]): string {
  const taken = new Set(servers.map(({ name }) => name));
  let name = NAME;
  for (let count = 1; taken.has(name); count += 1) name = count === 1 ? "baton_hub" : `baton_hub_${count}`;
  return name;
}

/** The hub decides what a caller may, so that nothing of it needs another approval. */
function terms(): ServerChange {
  return {
    default_tools_approval_mode: "approve",
    supports_parallel_tool_calls: true,
    tool_timeout_sec: TOOL_LIMIT_S,
    startup_timeout_sec: START_LIMIT_S,
  };
}
