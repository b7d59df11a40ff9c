import type { Access } from "../../contracts/task.ts";
import type { AgentSettings, OpenRequest } from "../driver.ts";
import type { ServerChange } from "./mcp-servers.ts";

/** What decides how far a thread may reach. */
export interface Reach {
  readonly access: Access;
  readonly approvals: OpenRequest["approvals"];
  readonly settings: AgentSettings;
  /** What changes about the MCP servers that the thread would have, by name. */
  readonly mcpServers: Readonly<Record<string, ServerChange>>;
  /** Variables that the commands of the thread get besides. */
  readonly exported: Readonly<Record<string, string>>;
  /** What no command may read. */
  readonly hidden: readonly string[];
  /** Folders whose own configuration holds in this thread alone. */
  readonly trusted: readonly string[];
}

/** Who decides about a step beyond the sandbox. */
interface Approvals {
  readonly approvalPolicy: "never" | "on-request";
  /** Of the user's configuration it could be a model. */
  readonly approvalsReviewer?: "user";
}

/** The parameters that a thread gets at its start and again at every resume: Codex does not keep them. */
export interface ThreadReach extends Approvals {
  readonly sandbox?: "read-only";
  readonly permissions?: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The parameters that every turn repeats. */
export interface TurnReach extends Approvals {
  readonly sandboxPolicy?: Readonly<Record<string, unknown>>;
  readonly permissions?: string;
}

/** Codex's built-in profiles with something hidden: they deny that to approved and rule-allowed commands too. */
const PROFILES = {
  read: { name: "baton_read", extends: ":read-only" },
  write: { name: "baton_write", extends: ":workspace" },
} as const;

/** Features that run programs of the user's or a project's outside the sandbox, or act beside the commands. */
const PROGRAMS_OFF = { hooks: false, shell_snapshot: false, skill_mcp_dependency_install: false };
const CONNECTORS_OFF = { apps: false, plugins: false };

/**
 * A write thread starts read-only too and gets its right with each turn: `thread/start` with `workspace-write` in a
 * git repository writes `trust_level` into the user's config.toml, and so does a profile that can write (Codex 0.169.0).
 */
export function threadReach(reach: Reach): ThreadReach {
  const profile = profileOf(reach);
  return {
    ...approvalsOf(reach),
    ...(profile === PROFILES.read ? { permissions: profile.name } : { sandbox: "read-only" as const }),
    config: {
      // Zero lets go of the writer's lock as soon as nobody subscribes to the thread.
      thread_unload_delay_secs: 0,
      features: features(reach),
      // Without a login shell the PATH stays the caller's, and no profile runs.
      ...(reach.access === "read" ? { notify: [], allow_login_shell: false } : {}),
      mcp_servers: reach.mcpServers,
      shell_environment_policy: { set: reach.exported },
      projects: Object.fromEntries(reach.trusted.map((folder) => [folder, { trust_level: "trusted" }])),
      ...(profile === null ? {} : hiding(profile, reach.hidden)),
    },
  };
}

/** What a turn may do. */
export function turnReach(reach: Reach): TurnReach {
  const profile = profileOf(reach);
  return {
    ...approvalsOf(reach),
    ...(profile === null ? { sandboxPolicy: SANDBOXES[reach.access] } : { permissions: profile.name }),
  };
}

const SANDBOXES = {
  read: { type: "readOnly", networkAccess: false },
  write: {
    type: "workspaceWrite",
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  full: { type: "dangerFullAccess" },
} as const;

/** Whether a thread came out as it was asked for; a Codex that does not know a parameter passes it over. */
export function isHeld(
  reach: Reach,
  thread: { readonly sandbox: string; readonly profile: string | null },
): boolean {
  const profile = profileOf(reach);
  return (
    thread.sandbox === "readOnly" && (profile !== PROFILES.read || thread.profile === PROFILES.read.name)
  );
}

function approvalsOf({ approvals }: Reach): Approvals {
  return approvals === "decline"
    ? { approvalPolicy: "never" }
    : { approvalPolicy: "on-request", approvalsReviewer: "user" };
}

type Profile = (typeof PROFILES)[keyof typeof PROFILES];

/** The profile that hides something; null where nothing is hidden, or no sandbox could do it. */
function profileOf({ access, hidden }: Reach): Profile | null {
  return access === "full" || hidden.length === 0 ? null : PROFILES[access];
}

function features({ access, approvals, settings }: Reach): Readonly<Record<string, boolean>> {
  return {
    // With it an endpoint that cannot be reached is tried without end.
    unbounded_connection_retries: false,
    // Outside its plan mode Codex may put a question to the user only with it (0.169.0).
    default_mode_request_user_input: approvals === "ask",
    ...(access === "read" ? PROGRAMS_OFF : {}),
    ...(access === "read" || !settings.mcp_servers ? CONNECTORS_OFF : {}),
  };
}

/**
 * A command that a rule allows runs outside the sandbox even in a read-only thread; a profile that denies reading
 * something keeps it inside, since only the sandbox can enforce that (Codex 0.169.0).
 */
function hiding(profile: Profile, hidden: readonly string[]): Readonly<Record<string, unknown>> {
  const filesystem = Object.fromEntries(hidden.map((place) => [place, "deny"]));
  return {
    permissions: { [profile.name]: { extends: profile.extends, filesystem } },
    ...(profile === PROFILES.read ? { default_permissions: profile.name } : {}),
  };
}
