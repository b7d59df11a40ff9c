import path from "node:path";

import type { NamedAgent } from "../contracts/config.ts";
import { programOf } from "./acp/named-environment.ts";

/** How the processes that an agent starts can be told, whoever has started the agent. */
export interface AgentMarks {
  readonly agent: string;
  /** Names of its program. */
  readonly programs: readonly string[];
  /** Variables in which it names its session to what it starts. */
  readonly sessions: readonly string[];
  /** Other variables that only it leaves. */
  readonly signs: readonly string[];
}

/**
 * Measured with Claude Code 2.1.330, Codex 0.169.0 and Gemini CLI 0.61.0 (which names its session to hooks alone);
 * opencode by its documentation.
 */
export const AGENT_MARKS: readonly AgentMarks[] = [
  {
    agent: "claude",
    programs: ["claude"],
    sessions: ["CLAUDE_CODE_SESSION_ID"],
    signs: ["CLAUDECODE"],
  },
  {
    agent: "codex",
    programs: ["codex"],
    sessions: ["CODEX_THREAD_ID", "CODEX_SESSION_ID"],
    signs: ["CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED"],
  },
  { agent: "gemini", programs: ["gemini"], sessions: ["GEMINI_SESSION_ID"], signs: ["GEMINI_CLI"] },
  { agent: "opencode", programs: ["opencode"], sessions: [], signs: ["OPENCODE"] },
];

/** Programs that run others: a process of theirs says nothing of which agent it is. */
const RUNNERS: ReadonlySet<string> = new Set(
  "node nodejs npx npm pnpm yarn bun bunx deno python python3 uv uvx pipx ruby java docker podman sh bash zsh env sudo ssh cmd powershell pwsh".split(
    " ",
  ),
);
/** Linux cuts the name of a process (`TASK_COMM_LEN`). */
const NAME_LENGTH = 15;

/** The marks of the agents that a config names: the program of their command, where it is theirs alone. */
export function marksOfNamed(agents: readonly NamedAgent[]): readonly AgentMarks[] {
  return agents.flatMap(({ name, command }): AgentMarks[] => {
    const program = programOf(command[0]);
    if (RUNNERS.has(program)) return [];
    return [{ agent: name, programs: [program, program.slice(0, NAME_LENGTH)], sessions: [], signs: [] }];
  });
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The ids of agents' sessions that an environment names. */
export function sessionsNamedIn(env: Variables): readonly string[] {
  return AGENT_MARKS.flatMap(({ sessions }) => sessions.flatMap((name) => env[name] ?? []));
}

/** The agent whose mark stands in an environment, or whose program it is; null when there is none. */
export function agentSeenIn(
  env: Variables,
  program: string,
  marks: readonly AgentMarks[] = AGENT_MARKS,
): string | null {
  const seen = marks.find(
    ({ programs, sessions, signs }) =>
      programs.includes(path.basename(program)) ||
      [...sessions, ...signs].some((name) => env[name] !== undefined),
  );
  return seen?.agent ?? null;
}
