import type { ChildObserver } from "../process/child.ts";
import type { RateLimit } from "../contracts/rate-limit.ts";
import type { Driver } from "./driver.ts";
import { createClaudeDriver } from "./claude/driver.ts";
import { createCodexDriver } from "./codex/driver.ts";
import { createGeminiDriver } from "./gemini/driver.ts";

/** What the drivers are given by whoever runs them. */
export interface DriverOptions {
  /** A folder of ours, 0700, for files that an agent needs for a moment. */
  readonly stateDir: string;
  readonly observer: ChildObserver;
  /** Hears how much of the account's allowance is used, whenever an agent tells it. */
  readonly onRateLimits: (limits: readonly RateLimit[]) => void;
}

/** Every agent that Baton can run, by name. Adding one is a folder beside these and a line here. */
export function createDrivers({
  stateDir,
  observer,
  onRateLimits,
}: DriverOptions): ReadonlyMap<string, Driver> {
  const drivers = [
    createClaudeDriver({ stateDir, observer, onRateLimits }),
    createCodexDriver({ observer, onRateLimits }),
    createGeminiDriver({ stateDir, observer }),
  ];
  return new Map(drivers.map((driver) => [driver.agent, driver]));
}
