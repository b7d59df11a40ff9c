import { parsedVersion, isBelow } from "./version-number.ts";

/** What a range of an agent's versions can do for somebody who wants to hand work to it. */
export interface VersionRange {
  readonly agent: string;
  /** The first version of the range. */
  readonly from: string;
  /** The first version beyond it; null for the newest range. */
  readonly until: string | null;
  readonly can: Readonly<Record<string, boolean>>;
  /** What fits, in a sentence. */
  readonly approach: string;
  /** Whether Baton itself can run these versions. */
  readonly isUsable: boolean;
}

const codex = (
  from: string,
  until: string | null,
  can: readonly string[],
  rest: Pick<VersionRange, "approach" | "isUsable">,
): VersionRange => ({ agent: "codex", from, until, can: among(CODEX_ABILITIES, can), ...rest });

const claude = (
  from: string,
  until: string | null,
  can: readonly string[],
  rest: Pick<VersionRange, "approach" | "isUsable">,
): VersionRange => ({ agent: "claude", from, until, can: among(CLAUDE_ABILITIES, can), ...rest });

const CODEX_ABILITIES = ["mcp_server", "thread_id", "app_server", "private_folders"];
const CLAUDE_ABILITIES = ["stream_json", "permission_prompts", "channels", "cross_session_messages"];

function among(names: readonly string[], can: readonly string[]): Readonly<Record<string, boolean>> {
  return Object.fromEntries(names.map((name) => [name, can.includes(name)]));
}

/**
 * In order, without a hole. What Baton can run was measured: Codex 0.155.1 refuses the permission profile that hides
 * private folders, 0.156.1 takes it; Claude Code 2.1.258 does not know `--permission-prompts`, 2.1.259 does. The other
 * borders are those of their releases and changelogs. docs/compatibility.md has what the tests say of single versions.
 */
export const VERSION_RANGES: readonly VersionRange[] = [
  codex("0.1.0", "0.2.0", [], {
    approach: "The Codex in TypeScript of 2025 has nothing that another program could use: update it.",
    isUsable: false,
  }),
  codex("0.2.0", "0.87.0", ["mcp_server"], {
    approach:
      "`codex mcp-server` gives no thread id, so no conversation goes on: single questions by `codex exec` at most. Update it.",
    isUsable: false,
  }),
  codex("0.87.0", "0.154.0", ["mcp_server", "thread_id", "app_server"], {
    approach:
      "`codex mcp-server` with `structuredContent.threadId` works for single clients; its app-server cannot hide private folders. Update it.",
    isUsable: false,
  }),
  codex("0.154.0", "0.156.1", ["app_server"], {
    approach:
      "There is no `codex mcp-server` any more, and the app-server cannot hide private folders yet: `codex exec` at most. Update it.",
    isUsable: false,
  }),
  codex("0.156.1", null, ["app_server", "private_folders"], {
    approach: "There is no `codex mcp-server` any more; Baton runs it by app-server.",
    isUsable: true,
  }),
  claude("0.1.0", "2.1.80", ["stream_json"], {
    approach: "`claude -p` for single questions; Baton's permission flags are missing. Update it.",
    isUsable: false,
  }),
  claude("2.1.80", "2.1.224", ["stream_json", "channels"], {
    approach:
      "Channels are there, where the account has them; Baton's permission flags are missing. Update it.",
    isUsable: false,
  }),
  claude("2.1.224", "2.1.259", ["stream_json", "channels", "cross_session_messages"], {
    approach: "Sessions can be sent messages; Baton's permission flags are missing. Update it.",
    isUsable: false,
  }),
  claude("2.1.259", null, ["stream_json", "permission_prompts", "channels", "cross_session_messages"], {
    approach: "Baton runs it by stream-json; its sessions can be sent messages.",
    isUsable: true,
  }),
];

/** The range of a version; null where the agent or the version is not known. */
export function rangeOf(agent: string, version: string | null): VersionRange | null {
  if (version === null || parsedVersion(version) === null) return null;
  const mine = VERSION_RANGES.filter((range) => range.agent === agent);
  return (
    mine.find(({ from, until }) => !isBelow(version, from) && (until === null || isBelow(version, until))) ??
    null
  );
}

/** The first version of an agent that Baton can run. */
export function minimumOf(agent: string): string | null {
  return VERSION_RANGES.find((range) => range.agent === agent && range.isUsable)?.from ?? null;
}

/** Whether a version comes before all that Baton can run. */
export function isTooOld(agent: string, version: string | null): boolean {
  const minimum = minimumOf(agent);
  return version !== null && minimum !== null && isBelow(version, minimum);
}
