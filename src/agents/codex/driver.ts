import type { RateLimit } from "../../contracts/rate-limit.ts";
import { NO_OBSERVER, type ChildObserver } from "../../process/child.ts";
import type { Driver } from "../driver.ts";
import { withDirectLoopback } from "../environment.ts";
import { createPool, processKey } from "../pool.ts";
import { describeCodex } from "./describe.ts";
import { codexEnvironment } from "./environment.ts";
import { findCodex } from "./executable.ts";
import { startAppServer, type AppServer } from "./server.ts";
import { openThread } from "./thread.ts";

/** Opening a thread again costs a third of a turn: an agent that asks often gets it without. */
const KEEP_WARM_MS = 60_000;
/** How long an app-server without a thread is kept. */
const IDLE_MS = 60_000;

export interface CodexDriverOptions {
  /** How long an app-server without a thread is kept, in milliseconds. */
  readonly idleMs?: number;
  readonly observer?: ChildObserver;
  /** Hears how much of an account's allowance is used, whenever Codex tells it. */
  readonly onRateLimits?: (limits: readonly RateLimit[]) => void;
}

/**
 * Runs Codex through `codex app-server`: one process for each executable and environment, many threads in it.
 * `open` throws what the contract says.
 */
export function createCodexDriver({
  idleMs = IDLE_MS,
  observer = NO_OBSERVER,
  onRateLimits = () => undefined,
}: CodexDriverOptions = {}): Driver {
  const pool = createPool<AppServer>(idleMs);
  return {
    agent: "codex",
    title: "Codex",
    environment: codexEnvironment,
    keepWarmMs: KEEP_WARM_MS,
    // The person's own `codex resume` needs the thread's only writer lock.
    isExclusive: true,
    resumeArgv: (nativeId) => ["codex", "resume", nativeId],
    resumeEnvironment: () => ({}),
    find: findCodex,
    describe: describeCodex,
    close: () => pool.close(),
    async open(request) {
      const { launch } = request;
      const executable = await findCodex(launch);
      const env = withDirectLoopback(launch.env);
      const lease = await pool.lease(processKey([executable], env), () =>
        startAppServer(executable, env, { observer, onRateLimits }),
      );
      try {
        return await openThread(lease, request);
      } catch (error) {
        lease.release();
        throw error;
      }
    },
  };
}
