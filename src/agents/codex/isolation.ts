import type { Access } from "../../contracts/task.ts";
import type { AgentSettings, OpenRequest } from "../driver.ts";

/** What decides how far a thread may reach. */
export interface Reach {
  readonly access: Exclude<Access, "full">;
  readonly approvals: OpenRequest["approvals"];
  readonly settings: AgentSettings;
  /** Names of the MCP servers that Codex would start in this directory and must not. */
  readonly disabledServers: readonly string[];
  /** The file that no command may read while command rules (`*.rules`) can apply; null when there are none. */
  readonly guarded: string | null;
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

const GUARDED_PROFILE = "baton_read";

/** Features that run programs of the user's or a project's outside the sandbox, or act beside the commands. */
const PROGRAMS_OFF = { hooks: false, shell_snapshot: false, skill_mcp_dependency_install: false };
const CONNECTORS_OFF = { apps: false, plugins: false };

/**
 * A write thread starts read-only too and gets its right with each turn: `thread/start` with `workspace-write` in a
 * git repository writes `trust_level` into the user's config.toml (Codex 0.169.0).
 */
export function threadReach(reach: Reach): ThreadReach {
  return {
    ...approvalsOf(reach),
    ...(isGuarded(reach) ? { permissions: GUARDED_PROFILE } : { sandbox: "read-only" as const }),
    config: {
      // Zero lets go of the writer's lock as soon as nobody subscribes to the thread.
      thread_unload_delay_secs: 0,
      features: features(reach),
      // Without a login shell the PATH stays the caller's, and no profile runs.
      ...(reach.access === "read" ? { notify: [], allow_login_shell: false } : {}),
      mcp_servers: disabled(reach.disabledServers),
      ...guardProfile(reach),
    },
  };
}

/** What a turn may do. */
export function turnReach(reach: Reach): TurnReach {
  if (isGuarded(reach)) return { ...approvalsOf(reach), permissions: GUARDED_PROFILE };
  if (reach.access === "read") {
    return { ...approvalsOf(reach), sandboxPolicy: { type: "readOnly", networkAccess: false } };
  }
  return {
    ...approvalsOf(reach),
    sandboxPolicy: {
      type: "workspaceWrite",
      writableRoots: [],
      networkAccess: false,
      excludeTmpdirEnvVar: false,
      excludeSlashTmp: false,
    },
  };
}

/** Whether a thread came out as it was asked for; a Codex that does not know a parameter passes it over. */
export function isHeld(
  reach: Reach,
  thread: { readonly sandbox: string; readonly profile: string | null },
): boolean {
  return thread.sandbox === "readOnly" && (!isGuarded(reach) || thread.profile === GUARDED_PROFILE);
}

function approvalsOf({ approvals }: Reach): Approvals {
  return approvals === "decline"
    ? { approvalPolicy: "never" }
    : { approvalPolicy: "on-request", approvalsReviewer: "user" };
}

function isGuarded({ access, guarded }: Reach): boolean {
  return access === "read" && guarded !== null;
}

function features({ access, settings }: Reach): Readonly<Record<string, boolean>> {
  return {
    // With it an endpoint that cannot be reached is tried without end.
    unbounded_connection_retries: false,
    ...(access === "read" ? PROGRAMS_OFF : {}),
    ...(access === "read" || !settings.mcp_servers ? CONNECTORS_OFF : {}),
  };
}

/** Tables and not dotted keys: Codex splits those at every dot, quoted or not (0.169.0). */
function disabled(names: readonly string[]): Readonly<Record<string, { enabled: false }>> {
  return Object.fromEntries(names.map((name) => [name, { enabled: false }]));
}

/**
 * A command that a rule allows runs outside the sandbox even in a read-only thread; a profile that denies reading
 * something keeps it inside, since only the sandbox can enforce that (Codex 0.169.0). It costs the start of a thread
 * some 170 ms, so only threads with rules in reach get it.
 */
function guardProfile({ access, guarded }: Reach): Readonly<Record<string, unknown>> {
  if (access !== "read" || guarded === null) return {};
  const profile = { extends: ":read-only", filesystem: { [guarded]: "deny" } };
  return { permissions: { [GUARDED_PROFILE]: profile }, default_permissions: GUARDED_PROFILE };
}
