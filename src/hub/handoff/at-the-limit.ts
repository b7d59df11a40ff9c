import type { Driver } from "../../agents/driver.ts";
import { DEFAULT_AGENT_CONFIG, namedAgents, type Config } from "../../contracts/config.ts";
import type { TaskError } from "../../contracts/error.ts";
import type { Caller } from "../../contracts/rpc.ts";
import { prepareLaunch } from "../launch.ts";
import type { HubState } from "../state.ts";

export interface LimitReached {
  readonly error: TaskError;
  /** The agent's own id of the conversation that has come to its end. */
  readonly nativeId: string;
  readonly driver: Driver;
  readonly config: Config;
  /** Who has asked for the task: where their agents are, theirs are; null when that is not known any more. */
  readonly caller: Caller | null;
}

/** Says at a rate or usage limit how another agent goes on: with the exact command, to one that is installed. */
export async function atTheLimit(
  hub: Pick<HubState, "natives" | "drivers">,
  { error, nativeId, driver, config, caller }: LimitReached,
): Promise<TaskError> {
  const { agent } = driver;
  if (error.code !== "agent_rate_limited" || caller === null || !hub.natives.has(agent)) return error;
  const other = await otherAgent(hub, agent, { config, caller });
  if (other === null) return error;
  const command = `baton handoff --from ${agent}:${nativeId} --to ${other} "go on where this stopped"`;
  return { ...error, hint: `Go on with another agent: \`${command}\`. ${error.hint ?? ""}`.trim() };
}

/** The first that is installed and takes a conversation. */
async function otherAgent(
  { natives, drivers }: Pick<HubState, "natives" | "drivers">,
  agent: string,
  { config, caller }: { readonly config: Config; readonly caller: Caller },
): Promise<string | null> {
  for (const driver of drivers.all(config)) {
    if (driver.agent === agent || !natives.has(driver.agent)) continue;
    const own = config.agents[driver.agent] ?? DEFAULT_AGENT_CONFIG;
    const request = {
      driver,
      caller,
      config: own,
      agents: namedAgents(config),
      chosen: null,
      privateFolders: [],
      ownFolder: null,
    };
    const found = await prepareLaunch(request)
      .then(({ launch }) => driver.find(launch))
      .catch(() => null);
    if (found !== null) return driver.agent;
  }
  return null;
}
