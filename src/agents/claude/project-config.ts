import type { Access } from "../../contracts/task.ts";
import { isBatonServer } from "../own-server.ts";
import { anchored } from "./rules.ts";
import type { Settings, SettingsInForce } from "./settings-files.ts";

/** What of a repository's own configuration holds in a child. */
export interface ProjectConfig {
  /** By event, as settings files have them; empty where none run. */
  readonly hooks: Readonly<Record<string, readonly unknown[]>>;
  readonly allow: readonly string[];
  readonly mcpServers: Readonly<Record<string, unknown>>;
}

export const NO_PROJECT_CONFIG: ProjectConfig = { hooks: {}, allow: [], mcpServers: {} };

/**
 * What holds of it once the user of Baton has let it. Under read access none does: a rule or a hook of the repository could
 * allow what writes (Claude Code 2.1.330).
 */
export function projectConfigIn(
  { user, project, projectMcpServers }: SettingsInForce,
  { access, cwd }: { readonly access: Access; readonly cwd: string },
): ProjectConfig {
  if (access === "read") return NO_PROJECT_CONFIG;
  const disabled = new Set(
    [user, ...project].flatMap(({ disabledMcpjsonServers }) => disabledMcpjsonServers),
  );
  const servers = Object.entries(projectMcpServers).filter(
    ([name, definition]) => !disabled.has(name) && !isBatonServer(name, definition),
  );
  return {
    hooks: together(project),
    allow: project.flatMap(({ permissions }) => anchored(permissions.allow, cwd)),
    mcpServers: Object.fromEntries(servers),
  };
}

/** Hooks of several files run together. */
function together(files: readonly Settings[]): ProjectConfig["hooks"] {
  const events = new Set(files.flatMap(({ hooks }) => Object.keys(hooks)));
  return Object.fromEntries(
    [...events].map((event) => [event, files.flatMap(({ hooks }) => hooks[event] ?? [])]),
  );
}
