import type { Access } from "../../contracts/task.ts";
import { TOOLS } from "./argv.ts";
import { OWN_SERVER } from "./own-tools.ts";
import type { ProjectConfig } from "./project-config.ts";
import { anchored, rulesAgainst } from "./rules.ts";
import type { SettingsInForce } from "./settings-files.ts";

/**
 * The user's settings that a child keeps: how to log in, which models, how long conversations are kept, how to write.
 * None of them allows a tool, and none but the login commands runs anything. All others stay out, those that later
 * versions bring included.
 */
const KEPT: readonly string[] = [
  "apiKeyHelper",
  "proxyAuthHelper",
  "awsAuthRefresh",
  "awsCredentialExport",
  "gcpAuthRefresh",
  "forceLoginMethod",
  "forceLoginOrgUUID",
  "model",
  "availableModels",
  "enforceAvailableModels",
  "modelOverrides",
  "fallbackModel",
  "effortLevel",
  "maxEffortLevel",
  "alwaysThinkingEnabled",
  "promptCacheTtl",
  // Claude Code deletes old conversations when it starts: without these, after its own 30 days.
  "cleanupPeriodDays",
  "desktopSessionCleanupPeriodDays",
  "language",
  "attribution",
  "includeCoAuthoredBy",
  "includeGitInstructions",
  "claudeMdExcludes",
  "autoMemoryEnabled",
  "autoMemoryDirectory",
  "allowedMcpServers",
  "deniedMcpServers",
];

export interface ChildSettingsRequest {
  readonly settings: SettingsInForce;
  readonly configFolder: string;
  readonly cwd: string;
  readonly access: Access;
  /** Folders that it has not to read. */
  readonly privateFolders: readonly string[];
  readonly mcpServers: boolean;
  /** What holds of the repository's own configuration. */
  readonly projectConfig: ProjectConfig;
  /** It gets the tools of Baton itself. */
  readonly ownTools: boolean;
}

export interface ChildSettings {
  readonly permissions: Readonly<Record<"allow" | "deny" | "ask", readonly string[]>> & {
    readonly disableBypassPermissionsMode: "disable";
  };
  readonly [key: string]: unknown;
}

/**
 * What a child gets as `--settings`, in place of every settings file: the user's login and preferences, and everything
 * that the user or the project forbids or wants to be asked about. No plugin, directory or mode, no hook of the user's,
 * and of their allow-rules those for MCP tools alone.
 */
export function childSettings(request: ChildSettingsRequest): ChildSettings {
  const { user, project } = request.settings;
  return {
    ...Object.fromEntries(KEPT.filter((key) => key in user).map((key) => [key, user[key]])),
    ...(user["disableAllHooks"] === true ? NO_HOOKS : hooksOf(request.projectConfig)),
    disableSkillShellExecution: true,
    // Another session's message would begin a turn that nobody here waits for.
    crossSessionInbound: "refuse",
    disableClaudeAiConnectors: true,
    permissions: {
      allow: [
        ...(request.access === "full" ? TOOLS.full : []),
        // What such a tool may do is for the hub to say.
        ...(request.ownTools ? [`mcp__${OWN_SERVER}`] : []),
        ...allowedMcpTools(request),
        ...request.projectConfig.allow,
      ],
      deny: [
        ...request.privateFolders.flatMap(rulesAgainst),
        ...anchored(user.permissions.deny, request.configFolder),
        ...project.flatMap(({ permissions }) => anchored(permissions.deny, request.cwd)),
      ],
      ask: [
        ...anchored(user.permissions.ask, request.configFolder),
        ...project.flatMap(({ permissions }) => anchored(permissions.ask, request.cwd)),
      ],
      disableBypassPermissionsMode: "disable",
    },
  };
}

const NO_HOOKS = { disableAllHooks: true };

function hooksOf({ hooks }: ProjectConfig): Readonly<Record<string, unknown>> {
  return Object.keys(hooks).length === 0 ? NO_HOOKS : { hooks };
}

/** Tools of the user's own servers that the user, not the project, has allowed; what such a tool does is not known. */
function allowedMcpTools({ settings, access, mcpServers }: ChildSettingsRequest): readonly string[] {
  if (!mcpServers || access === "read") return [];
  return settings.user.permissions.allow.filter((rule) => rule.startsWith("mcp__"));
}
