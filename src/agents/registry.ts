import type { Driver } from "./driver.ts";
import { createClaudeDriver } from "./claude/driver.ts";
import { createCodexDriver } from "./codex/driver.ts";

/** What the drivers are given by whoever runs them. */
export interface DriverOptions {
  /** A folder of ours, 0700, for files that an agent needs for a moment. */
  readonly stateDir: string;
}

/** Every agent that Baton can run, by name. Adding one is a folder beside these and a line here. */
export function createDrivers({ stateDir }: DriverOptions): ReadonlyMap<string, Driver> {
  const drivers = [createClaudeDriver({ stateDir }), createCodexDriver()];
  return new Map(drivers.map((driver) => [driver.agent, driver]));
}
