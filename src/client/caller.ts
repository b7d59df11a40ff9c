import { environmentFor } from "../agents/environment.ts";
import { conversationPlaces, environmentNeeds } from "../agents/environments.ts";
import { BASE_VARIABLES, pickEnvironment } from "../process/environment.ts";
import type { Caller } from "../contracts/rpc.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface CallerOptions {
  readonly cwd: string;
  readonly config: string;
  readonly root: string;
  readonly front_end: Caller["front_end"];
}

/** The caller as the hub needs to know them for one agent: no variable goes along that this agent may not see. */
export async function callerFor(agent: string, env: Variables, options: CallerOptions): Promise<Caller> {
  const needs = environmentNeeds(agent);
  const picked = needs === null ? pickEnvironment(env, BASE_VARIABLES) : await environmentFor(needs, env);
  return { ...options, env: { ...picked } };
}

/** A caller who only looks: of their environment, where the agents keep conversations. */
export function observer(env: Variables, options: CallerOptions): Caller {
  return { ...options, env: pickEnvironment(env, ["HOME", ...conversationPlaces()]) };
}
