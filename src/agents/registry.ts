import { namedAgents, type Config, type NamedAgent } from "../contracts/config.ts";
import type { RateLimit } from "../contracts/rate-limit.ts";
import type { ChildObserver } from "../process/child.ts";
import { createAcpDriver } from "./acp/driver.ts";
import { namedProfile } from "./acp/named.ts";
import { createClaudeDriver } from "./claude/driver.ts";
import { createCodexDriver } from "./codex/driver.ts";
import type { Driver } from "./driver.ts";
import { createGeminiDriver } from "./gemini/driver.ts";

/** What the drivers are given by whoever runs them. */
export interface DriverOptions {
  /** A folder of ours, 0700, for files that an agent needs for a moment. */
  readonly stateDir: string;
  readonly observer: ChildObserver;
  /** Hears how much of the account's allowance is used, whenever an agent tells it. */
  readonly onRateLimits: (limits: readonly RateLimit[]) => void;
}

/** The part of a config that names agents. */
type Naming = Pick<Config, "agents">;

/** Every agent that Baton can run. */
export interface Drivers {
  /** The driver of an agent: one that Baton knows by itself, or one that this config names. */
  get(agent: string, config: Naming): Driver | undefined;
  /** The same for all of them, Baton's own first. */
  all(config: Naming): readonly Driver[];
  /** Ends every process of every driver, also of those that no config names any more. */
  close(): Promise<void>;
}

/**
 * Every agent that Baton can run. One that it knows by itself is a folder beside these and a line here; the others come
 * from the config, which may differ from caller to caller and change: one with another command line is another agent.
 */
export function createDrivers({ stateDir, observer, onRateLimits }: DriverOptions): Drivers {
  const own = [
    createClaudeDriver({ stateDir, observer, onRateLimits }),
    createCodexDriver({ observer, onRateLimits }),
    createGeminiDriver({ stateDir, observer }),
  ];
  const ownByName = new Map(own.map((driver) => [driver.agent, driver]));
  const named = new Map<string, Driver>();

  const driverOf = (agent: NamedAgent): Driver => {
    const key = JSON.stringify(agent);
    const known = named.get(key);
    if (known !== undefined) return known;
    const driver = createAcpDriver(namedProfile(agent), { observer });
    named.set(key, driver);
    return driver;
  };
  const all: Drivers["all"] = (config) => [...own, ...namedAgents(config).map(driverOf)];

  return {
    get: (agent, config) => ownByName.get(agent) ?? all(config).find((driver) => driver.agent === agent),
    all,
    close: async () => {
      const closed = await Promise.allSettled([...own, ...named.values()].map(async (one) => one.close()));
      const failed = closed.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
  };
}
