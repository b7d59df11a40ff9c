import type { Limits } from "../contracts/config.ts";
import { schedule, type Schedulable, type Waiting } from "../core/schedule.ts";
import { notRunning } from "../agents/failed-turn.ts";
import type { Run } from "./run.ts";

/** A task that waits for its turn. */
export interface Queued extends Schedulable {
  /** Starts it; called once, when there is a place for it. */
  readonly start: () => Run;
}

interface Running extends Schedulable {
  readonly run: Run;
}

export type Dispatcher = ReturnType<typeof createDispatcher>;

/** Holds what waits and what runs, and starts the one when the other leaves a place. */
export function createDispatcher(
  initial: Limits,
  onChange: (counts: { readonly running: number; readonly queued: number }) => void,
) {
  let limits = initial;
  let queue: readonly Queued[] = [];
  let waiting: ReadonlyMap<string, Waiting> = new Map();
  const running = new Map<string, Running>();
  const emptied = new Set<() => void>();

  const pump = () => {
    const decision = schedule(queue, [...running.values()], limits);
    const startable = new Set(decision.start);
    const starting = queue.filter((task) => startable.has(task.id));
    queue = queue.filter((task) => !startable.has(task.id));
    waiting = decision.waiting;
    for (const { id, agent, session, start } of starting) {
      const run = start();
      running.set(id, { id, agent, session, run });
      void run.done.then(() => {
        running.delete(id);
        pump();
      });
    }
    if (running.size === 0 && queue.length === 0) {
      for (const resolve of emptied) resolve();
      emptied.clear();
    }
    onChange({ running: running.size, queued: queue.length });
  };

  return {
    enqueue(task: Queued): void {
      queue = [...queue, task];
      pump();
    },
    /** The limits of the config that was read last hold for all. */
    setLimits(next: Limits): void {
      limits = next;
    },
    /** Cancels a task that runs (`told`) or waits (`removed`). */
    cancel(id: string): "told" | "removed" | "unknown" {
      const entry = running.get(id);
      if (entry !== undefined) {
        entry.run.cancel();
        return "told";
      }
      const before = queue.length;
      queue = queue.filter((task) => task.id !== id);
      if (queue.length === before) return "unknown";
      pump();
      return "removed";
    },
    /** @throws BatonError as `Run.steer` says */
    async steer(id: string, text: string): Promise<void> {
      const entry = running.get(id);
      if (entry === undefined) throw notRunning();
      await entry.run.steer(text);
    },
    waiting: (id: string): Waiting | null => waiting.get(id) ?? null,
    counts: () => ({ running: running.size, queued: queue.length }),
    /** Resolves when nothing runs or waits. */
    async empty(): Promise<void> {
      if (running.size === 0 && queue.length === 0) return;
      await new Promise<void>((resolve) => emptied.add(resolve));
    },
  };
}
