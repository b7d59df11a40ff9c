import { namedAgents, type NamedAgent } from "../contracts/config.ts";
import { createConfigReader } from "../process/config-file.ts";

const readConfig = createConfigReader();

/** The agents that a config names with a command line; none where it cannot be used, which the hub says better. */
export async function agentsNamedIn(config: string): Promise<readonly NamedAgent[]> {
  return readConfig(config).then(namedAgents, () => []);
}
