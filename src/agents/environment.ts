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

const PROXIES = /^(all|http|https)_proxy$/i;
const LOOPBACK = "127.0.0.1,localhost,::1";

/** An agent would ask the proxy of its environment for Baton's tools too (Codex 0.169.0), which lie on this machine. */
export function withDirectLoopback(env: Environment): Environment {
  if (!Object.keys(env).some((name) => PROXIES.test(name))) return env;
  const direct = [env["NO_PROXY"] ?? env["no_proxy"] ?? "", LOOPBACK].filter((part) => part !== "").join(",");
  return { ...env, NO_PROXY: direct, no_proxy: direct };
}
