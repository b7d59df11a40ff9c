import { BASE_VARIABLES, pickEnvironment } from "../process/environment.ts";
import type { Environment, EnvironmentNeeds } from "./driver.ts";

/** The part of a caller's environment that concerns one agent: for its processes, and to find its executable. */
export async function environmentFor(
  needs: EnvironmentNeeds,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Environment> {
  const named = pickEnvironment(env, [...BASE_VARIABLES, ...needs.own, ...needs.places, needs.executable]);
  return { ...named, ...pickEnvironment(env, await needs.referenced(named)) };
}
