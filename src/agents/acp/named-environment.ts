import type { NamedAgent } from "../../contracts/config.ts";
import type { EnvironmentNeeds } from "../driver.ts";
import { opencodeNeeds } from "./opencode-environment.ts";

/** What is known of the environment of programs that a config may name, by their name. */
const KNOWN: Readonly<Record<string, Pick<EnvironmentNeeds, "own" | "keys" | "places" | "referenced">>> = {
  opencode: opencodeNeeds,
};

/** Where these programs keep conversations. */
export const KNOWN_PLACES: readonly string[] = Object.values(KNOWN).flatMap(({ places }) => places);

/** The name of a program without folder and ending. */
export function programOf(command: string): string {
  return (command.split(/[\\/]/).at(-1) ?? "").replace(/\.(exe|cmd|bat)$/i, "");
}

/** What an agent that the config names needs of its caller's environment. */
export function namedEnvironment({ command, env_vars }: NamedAgent): EnvironmentNeeds {
  const known = KNOWN[programOf(command[0])];
  return {
    // The config alone says which program it is.
    executable: "",
    own: [...env_vars, ...(known?.own ?? [])],
    keys: known?.keys ?? [],
    hasLogin: async () => false,
    places: known?.places ?? [],
    referenced: async (env) => (await known?.referenced(env)) ?? [],
  };
}
