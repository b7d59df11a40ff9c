import type { Limits } from "../contracts/config.ts";

/** A task as the scheduler sees it. */
export interface Schedulable {
  readonly id: string;
  readonly agent: string;
  readonly session: string;
}

export type Places = Pick<Limits, "max_running" | "max_running_per_agent">;

/** Why a queued task waits, and its place in the order in which tasks were asked for. */
export interface Waiting {
  readonly position: number;
  readonly reason: string;
}

export interface Schedule {
  /** Tasks that can start now, oldest first. */
  readonly start: readonly string[];
  readonly waiting: ReadonlyMap<string, Waiting>;
}

/**
 * Decides what starts: oldest first, one task at a time in a session, never more than the limits allow.
 * A task that cannot start does not hold up a later one that can, except in its own session.
 */
export function schedule(
  queued: readonly Schedulable[],
  running: readonly Schedulable[],
  places: Places,
): Schedule {
  const start: string[] = [];
  const waiting = new Map<string, Waiting>();
  const taken = [...running];
  const claimed = new Set(running.map((task) => task.session));
  for (const task of queued) {
    const reason = reasonToWait(task, taken, claimed, places);
    // An earlier task of the session keeps its turn even while it waits itself.
    claimed.add(task.session);
    if (reason === null) {
      start.push(task.id);
      taken.push(task);
    } else {
      waiting.set(task.id, { position: waiting.size + 1, reason });
    }
  }
  return { start, waiting };
}

function reasonToWait(
  task: Schedulable,
  taken: readonly Schedulable[],
  claimed: ReadonlySet<string>,
  places: Places,
): string | null {
  if (claimed.has(task.session)) return `session ${task.session} is busy with an earlier task`;
  if (taken.length >= places.max_running) return `${taken.length} tasks are running (max_running)`;
  const same = taken.filter(({ agent }) => agent === task.agent).length;
  if (same >= places.max_running_per_agent) {
    return `${same} tasks of ${task.agent} are running (max_running_per_agent)`;
  }
  return null;
}
