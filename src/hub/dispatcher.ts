import type { Limits } from "../contracts/config.ts";
import type { TaskError } from "../contracts/error.ts";
import { explain, schedule, type Rotation, type Schedulable, type Waiting } from "../core/schedule.ts";
import { notRunning } from "../agents/failed-turn.ts";
import type { Run } from "./run.ts";

/** A task that waits for its turn. */
export interface Queued extends Omit<Schedulable, "awaitedBy"> {
  /** Starts it; called once, when there is a place for it. */
  readonly start: () => Run;
}

interface Running extends Queued {
  readonly run: Run;
}

export type Dispatcher = ReturnType<typeof createDispatcher>;

/** Holds what waits and what runs, and starts the one when the other leaves a place. */
export function createDispatcher(
  initial: Limits,
  onChange: (counts: { readonly running: number; readonly queued: number }) => void,
) {
  let limits = initial;
  let rotation: Rotation = [];
  // Told to whoever looks, so it is worked out only then; null once something has changed.
  let explained: ReadonlyMap<string, Waiting> | null = null;
  const queue = new Map<string, Queued>();
  const running = new Map<string, Running>();
  const emptied = new Set<() => void>();
  const settled = new Map<string, PromiseWithResolvers<void>>();
  const waiters = new Map<string, string[]>();

  const settle = (id: string) => {
    settled.get(id)?.resolve();
    settled.delete(id);
  };
  /** Ends a task that runs (`told`) or waits (`removed`). */
  const end = (id: string, tell: (run: Run) => void): "told" | "removed" | "unknown" => {
    const entry = running.get(id);
    if (entry !== undefined) {
      tell(entry.run);
      return "told";
    }
    if (!queue.delete(id)) return "unknown";
    settle(id);
    pump();
    return "removed";
  };

  const schedulable = <T extends Queued>(task: T) => ({ ...task, awaitedBy: waiters.get(task.id) ?? [] });
  const load = () => ({
    queued: [...queue.values()].map(schedulable),
    running: [...running.values()].map(schedulable),
    places: limits,
    rotation,
  });
  const pump = () => {
    const decision = schedule(load());
    ({ rotation } = decision);
    explained = null;
    for (const id of decision.start) {
      const task = queue.get(id);
      if (task === undefined) continue;
      queue.delete(id);
      const run = task.start();
      running.set(id, { ...task, run });
      void run.done.then(() => {
        running.delete(id);
        settle(id);
        pump();
      });
    }
    if (running.size === 0 && queue.size === 0) {
      for (const resolve of emptied) resolve();
      emptied.clear();
    }
    onChange({ running: running.size, queued: queue.size });
  };

  return {
    enqueue(task: Queued): void {
      queue.set(task.id, task);
      pump();
    },
    /** The limits of the config that was read last hold for all. */
    setLimits(next: Limits): void {
      limits = next;
    },
    /** Cancels a task that runs (`told`) or waits (`removed`). */
    cancel: (id: string) => end(id, (run) => run.cancel()),
    /** The same for one that is to end as failed. */
    stop: (id: string, error: TaskError) => end(id, (run) => run.stop(error)),
    /** Resolves when a task neither runs nor waits any more, whatever could be written of it. */
    async settled(id: string): Promise<void> {
      if (!running.has(id) && !queue.has(id)) return;
      const ending = settled.get(id) ?? Promise.withResolvers<void>();
      settled.set(id, ending);
      await ending.promise;
    },
    /** Ends what runs of a root as failed. */
    stopRoot(root: string, error: TaskError): void {
      for (const task of running.values()) if (task.root === root) task.run.stop(error);
    },
    /** The task that runs in a session; null when none does. */
    runningIn: (session: string): string | null =>
      [...running.values()].find((task) => task.session === session)?.id ?? null,
    /** What a task waits for now, and in which session that is or wants to be. */
    awaitedBy: (waiter: string): readonly { readonly id: string; readonly session: string }[] =>
      [...queue.values(), ...running.values()]
        .filter(({ id }) => waiters.get(id)?.includes(waiter) === true)
        .map(({ id, session }) => ({ id, session })),
    /** A task waits for others and holds no place meanwhile, until the function that is given is called. */
    awaiting(waiter: string, tasks: readonly string[]): () => void {
      for (const id of tasks) waiters.set(id, [...(waiters.get(id) ?? []), waiter]);
      pump();
      return () => {
        for (const id of tasks) {
          const left = [...(waiters.get(id) ?? [])];
          left.splice(left.indexOf(waiter), 1);
          if (left.length === 0) waiters.delete(id);
          else waiters.set(id, left);
        }
        pump();
      };
    },
    /** @throws BatonError as `Run.steer` says */
    async steer(id: string, text: string): Promise<void> {
      const entry = running.get(id);
      if (entry === undefined) throw notRunning();
      await entry.run.steer(text);
    },
    waiting: (id: string): Waiting | null => (explained ??= explain(load())).get(id) ?? null,
    counts: () => ({ running: running.size, queued: queue.size }),
    /** Resolves when nothing runs or waits. */
    async empty(): Promise<void> {
      if (running.size === 0 && queue.size === 0) return;
      await new Promise<void>((resolve) => emptied.add(resolve));
    },
  };
}
