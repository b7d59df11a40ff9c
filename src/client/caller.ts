import { environmentFor } from "../agents/environment.ts";
import { allEnvironmentNeeds, conversationPlaces, namedEnvironmentNeeds } from "../agents/environments.ts";
import { BASE_VARIABLES, pickEnvironment } from "../process/environment.ts";
import type { Caller } from "../contracts/rpc.ts";
import { agentsNamedIn } from "./named.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface CallerOptions {
  readonly cwd: string;
  readonly config: string;
  /** The folders that the agent's client says it works in. */
  readonly workspaces?: readonly string[];
  /** The variables that the user has named for Baton in the client's configuration. */
  readonly named?: readonly string[];
}

/**
 * The caller as the hub needs to know them: of their environment what concerns any agent, since the one that is asked may
 * ask others, and what the user has named. The hub gives each agent its own part.
 */
export async function callerFor(env: Variables, options: CallerOptions): Promise<Caller> {
  const { cwd, config, workspaces = [], named = [] } = options;
  const needs = [...allEnvironmentNeeds(), ...namedEnvironmentNeeds(await agentsNamedIn(config))];
  const parts = await Promise.all(needs.map((one) => environmentFor(one, env)));
  const picked = Object.assign(
    pickEnvironment(env, [...BASE_VARIABLES, ...named]),
    ...parts,
  ) as Caller["env"];
  return { cwd, config, workspaces: [...workspaces], named: [...named], env: picked };
}

/** A caller who only looks: of their environment, where the agents keep conversations. */
export function observer(env: Variables, options: CallerOptions): Caller {
  const { cwd, config, workspaces = [] } = options;
  const places = pickEnvironment(env, ["HOME", ...conversationPlaces()]);
  return { cwd, config, workspaces: [...workspaces], named: [], env: places };
}
