import { environmentFor } from "../agents/environment.ts";
import { allEnvironmentNeeds, namedEnvironmentNeeds } from "../agents/environments.ts";
import { agentsNamedIn } from "../client/named.ts";
import { isNamed, NETWORK_VARIABLES } from "../process/environment.ts";
import { configOf } from "../process/places.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Named whether they are set now or not: they may be in the shell from which the client is started. */
const USUAL: readonly string[] = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_BASE_URL",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CONFIG_DIR",
  "CODEX_HOME",
  "OPENAI_API_KEY",
  "XDG_STATE_HOME",
  "XDG_CONFIG_HOME",
  "BATON_HOME",
  "BATON_CONFIG",
  "BATON_CLAUDE_BIN",
  "BATON_CODEX_BIN",
  "BATON_GEMINI_BIN",
  // How deep other bridges have come.
  "BRIDGE_DEPTH",
];

/** Of the base that every child gets, what Codex 0.169.0 passes on to nobody and a network may need. */
const OF_BASE: readonly string[] = [...NETWORK_VARIABLES, "XDG_*"];

/**
 * The names of the variables that Baton and the agents need. A key whose agent has a login of its own is not among them: a
 * name in a client's configuration counts as meant, and the key would be billed in place of the login.
 */
export async function neededVariables(env: Variables): Promise<readonly string[]> {
  const names = new Set(USUAL);
  for (const needs of [
    ...allEnvironmentNeeds(),
    ...namedEnvironmentNeeds(await agentsNamedIn(configOf(env))),
  ]) {
    const theirs = await environmentFor(needs, env);
    const own = [...needs.own, ...needs.places, ...(await needs.referenced(theirs)), ...OF_BASE];
    for (const name of Object.keys(theirs)) if (isNamed(name, own)) names.add(name);
    if (await needs.hasLogin(theirs)) for (const key of needs.keys) names.delete(key);
  }
  return [...names];
}
