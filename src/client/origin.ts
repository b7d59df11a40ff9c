import { AGENT_MARKS, agentSeenIn, marksOfNamed, sessionsNamedIn, type AgentMarks } from "../agents/marks.ts";
import type { ClientSession, Origin } from "../contracts/origin.ts";
import { ancestorsOf, type Ancestor } from "../process/ancestry.ts";
import { agentsNamedIn } from "./named.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The depth that other bridges hand on, and Baton to them. */
export const DEPTH_VARIABLE = "BRIDGE_DEPTH";

/** A client that says nothing of its session. */
export const NO_CLIENT: ClientSession = { agent: null, sessions: [], access: null };

/** Where a front end stands, whatever its client says of each call. */
export type Surroundings = Omit<Origin, "client">;

/**
 * Looks around this process: what has started it, and which agents' marks those processes carry, the agents that the
 * config names among them. An agent that takes its
 * marks out of the environment of a command leaves them in that of the shell around it.
 */
export async function lookAround(
  env: Variables,
  front_end: Origin["front_end"],
  config: string,
): Promise<Surroundings> {
  const [ancestors, named] = await Promise.all([ancestorsOf(process.pid), agentsNamedIn(config)]);
  const environments: readonly Variables[] = [env, ...ancestors.map((ancestor) => ancestor.env)];
  return {
    front_end,
    ancestors: ancestors.map(({ pid, birth }) => ({ pid, birth })),
    marks: [...new Set(environments.flatMap(sessionsNamedIn))],
    inside: insideOf(env, ancestors, [...marksOfNamed(named), ...AGENT_MARKS]),
    bridge_depth: Math.max(0, ...environments.map(depthIn)),
  };
}

function insideOf(
  env: Variables,
  ancestors: readonly Ancestor[],
  marks: readonly AgentMarks[],
): string | null {
  const seen = ancestors.map((ancestor) => agentSeenIn(ancestor.env, ancestor.program, marks));
  return [agentSeenIn(env, "", marks), ...seen].find((agent) => agent !== null) ?? null;
}

/** Anything but a whole number says nothing; a depth beyond all sense says that it is deep. */
function depthIn(env: Variables): number {
  const depth = Number(env[DEPTH_VARIABLE] ?? "0");
  return Number.isInteger(depth) ? Math.min(Math.max(0, depth), Number.MAX_SAFE_INTEGER) : 0;
}
