import type { NamedAgent } from "../contracts/config.ts";
import { KNOWN_PLACES, namedEnvironment } from "./acp/named-environment.ts";
import { claudeEnvironment } from "./claude/environment.ts";
import { codexEnvironment } from "./codex/environment.ts";
import type { EnvironmentNeeds } from "./driver.ts";
import { geminiEnvironment } from "./gemini/environment.ts";

/** What each agent needs of a caller's environment; known to front ends too, which load no driver. */
const NEEDS: Readonly<Record<string, EnvironmentNeeds>> = {
  claude: claudeEnvironment,
  codex: codexEnvironment,
  gemini: geminiEnvironment,
};

/** The needs of every agent that Baton knows by itself. */
export function allEnvironmentNeeds(): readonly EnvironmentNeeds[] {
  return Object.values(NEEDS);
}

/** The needs of the agents that a config names. */
export function namedEnvironmentNeeds(agents: readonly NamedAgent[]): readonly EnvironmentNeeds[] {
  return agents.map(namedEnvironment);
}

/** Every variable that says where some agent keeps its conversations. */
export function conversationPlaces(): readonly string[] {
  return [...Object.values(NEEDS).flatMap(({ places }) => places), ...KNOWN_PLACES];
}
