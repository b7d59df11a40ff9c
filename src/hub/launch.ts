import type { Driver, Environment, EnvironmentNeeds, Launch } from "../agents/driver.ts";
import { environmentFor } from "../agents/environment.ts";
import { allEnvironmentNeeds, namedEnvironmentNeeds } from "../agents/environments.ts";
import type { AgentConfig, NamedAgent } from "../contracts/config.ts";
import type { Caller } from "../contracts/rpc.ts";
import { AGENT_MARKS } from "../agents/marks.ts";
import { isNamed } from "../process/environment.ts";
import { atPlaces, type ChosenSession } from "./session-choice.ts";

/** What a task's agent is started with, and the keys that were kept from it. */
export interface PreparedLaunch {
  readonly launch: Launch;
  /** Keys that the agent would have billed in the place of its own login. */
  readonly withheld: readonly string[];
}

export interface LaunchRequest {
  readonly driver: Pick<Driver, "agent" | "environment">;
  readonly caller: Pick<Caller, "env" | "named">;
  readonly config: AgentConfig;
  /** The agents that the config names: what is meant for one of them is no other one's. */
  readonly agents: readonly NamedAgent[];
  /** Null: a session that is still to be chosen, and so is new. */
  readonly chosen: ChosenSession | null;
  readonly privateFolders: readonly string[];
  readonly ownFolder: string | null;
}

/**
 * The environment of one agent, out of what the caller has brought for all of them: the base, its own vendor's, what its
 * own configuration names, and what the user has named for Baton. The caller's words again go through the lists: a front
 * end must not put anything else into a child.
 */
export async function prepareLaunch(request: LaunchRequest): Promise<PreparedLaunch> {
  const { driver, caller, config, agents, chosen, privateFolders, ownFolder } = request;
  const needs = driver.environment;
  const wanted = { ...caller.env, ...config.env };
  const located = chosen === null || chosen.isNew ? wanted : atPlaces(wanted, chosen.session.places);
  const others = agents.filter(({ name }) => name !== driver.agent);
  const meant = namedFor(needs, caller.named, namedEnvironmentNeeds(others));
  const named = [...meant, ...Object.keys(config.env)];
  const picked = await environmentFor({ ...needs, own: [...needs.own, ...named] }, located);
  const withheld = await withheldKeys(needs, picked, { auth: config.auth, named });
  const kept = Object.fromEntries(Object.entries(picked).filter(([name]) => !withheld.includes(name)));
  const { [needs.executable]: executable, ...env } = kept;
  const settings = { mcp_servers: config.mcp_servers, project_config: config.project_config };
  return { launch: { env, executable: executable ?? null, settings, privateFolders, ownFolder }, withheld };
}

/**
 * What was named for Baton in an agent's configuration is meant for whom it concerns, never for another vendor's agent;
 * and names are names: nothing there stands for several. What tells an agent's session is nobody else's.
 */
function namedFor(
  needs: EnvironmentNeeds,
  named: readonly string[],
  ofConfig: readonly EnvironmentNeeds[],
): readonly string[] {
  const others = allEnvironmentNeeds().filter((other) => other.executable !== needs.executable);
  const foreign = [...others, ...ofConfig].flatMap(({ own, keys, executable }) => [
    ...own,
    ...keys,
    executable,
  ]);
  const marks = AGENT_MARKS.flatMap(({ sessions, signs }) => [...sessions, ...signs]);
  const isMeant = (name: string) => isNamed(name, needs.own) || !isNamed(name, [...foreign, ...marks]);
  return named.filter((name) => !name.includes("*") && isMeant(name));
}

interface KeyRules {
  readonly auth: AgentConfig["auth"];
  /** Variables that the user has named, in Baton's config or in the client's. */
  readonly named: readonly string[];
}

/**
 * A key in the environment silently wins over a login (`claude -p`, Claude Code 2.1.330), and the bill comes later. One
 * that was merely inherited is kept from an agent that has a login, unless a provider of its configuration wants it. Where
 * the subscription is to pay, every key is.
 */
async function withheldKeys(
  needs: EnvironmentNeeds,
  env: Environment,
  { auth, named }: KeyRules,
): Promise<readonly string[]> {
  const keys = needs.keys.filter((key) => key in env);
  if (auth === "subscription") return keys;
  const inherited = keys.filter((key) => !named.includes(key));
  if (auth === "api_key" || inherited.length === 0 || !(await needs.hasLogin(env))) return [];
  const referenced = await needs.referenced(env);
  return inherited.filter((key) => !referenced.includes(key));
}
