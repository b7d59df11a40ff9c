import { EventEmitter, once } from "node:events";
import type { TaskEvent, TaskEventBody } from "../contracts/event.ts";
import { taskError, type TaskError } from "../contracts/error.ts";
import { isFinal, type TaskStatus } from "../contracts/task.ts";
import { advance, mayBecome } from "../core/progress.ts";
import type { Store } from "../store/store.ts";
import type { StoredTask } from "../store/tasks.ts";

/** Hears what becomes of tasks, and when it cannot be written. */
export interface LogObserver {
  onStatus(task: string, status: TaskStatus, error: TaskError | null): void;
  /**
   * Something could not be written. `isFinal` says whether at least that could be: then the task has failed and its run
   * is to be ended; otherwise nothing is written any more, and the next hub finds the task unfinished.
   */
  onWriteFailed(task: string, cause: unknown, outcome: { readonly isFinal: boolean }): void;
}

export interface TaskLogOptions {
  readonly store: Store;
  readonly now: () => Date;
  readonly observer: LogObserver;
}

export type TaskLog = ReturnType<typeof createTaskLog>;

/** The one place where events are written: the log and the row that mirrors it change together. */
export function createTaskLog({ store, now, observer }: TaskLogOptions) {
  const changes = new EventEmitter().setMaxListeners(0);
  let isBroken = false;

  const write = (id: string, bodies: readonly TaskEventBody[]): readonly TaskEvent[] => {
    const written = store.transaction(() => appendAll(store, id, bodies, now().toISOString()));
    for (const { type, data } of written) {
      if (type === "task.status") observer.onStatus(id, data.status, data.error);
    }
    if (written.length > 0) changes.emit(id);
    return written;
  };
  /** Ends the task when an event of it cannot be kept: a log with a hole in it would be worse. */
  const failed = (id: string, cause: unknown): readonly TaskEvent[] => {
    let written: readonly TaskEvent[] = [];
    try {
      written = write(id, [{ type: "task.status", data: { status: "failed", error: notKept(cause) } }]);
    } catch {
      isBroken = true;
    }
    observer.onWriteFailed(id, cause, { isFinal: !isBroken });
    return written;
  };

  return {
    /**
     * Appends events to a task that is not final yet; afterwards nothing is written any more, and that is no error.
     * Never throws: the observer hears of what cannot be written.
     */
    append(id: string, bodies: readonly TaskEventBody[]): readonly TaskEvent[] {
      if (isBroken) return [];
      try {
        return write(id, bodies);
      } catch (error) {
        return failed(id, error);
      }
    },
    /** Resolves at the next change of the task; rejects when the signal is aborted. */
    async changed(id: string, signal: AbortSignal): Promise<void> {
      await once(changes, id, { signal });
    },
  };
}

function notKept(cause: unknown): TaskError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return taskError("hub_unavailable", `what the agent did could not be written to the database (${detail})`, {
    hint: "Make room on the disk of BATON_HOME; then continue the session to go on.",
  });
}

function appendAll(
  store: Store,
  id: string,
  bodies: readonly TaskEventBody[],
  at: string,
): readonly TaskEvent[] {
  const written: TaskEvent[] = [];
  const before = store.tasks.byId(id);
  let task = before;
  for (const body of bodies) {
    if (task === null || !isPossible(store, task, body)) break;
    written.push(store.events.append(id, at, body));
    if (body.type === "usage") store.spending.record(task, at, body.data);
    task = advance<StoredTask>(task, body, at);
  }
  // Most events, pieces of text above all, change nothing of the row.
  if (task !== null && task !== before) store.tasks.mirror(task);
  return written;
}

function isPossible(store: Store, task: StoredTask, body: TaskEventBody): boolean {
  if (body.type !== "task.status") return !isFinal(task.status);
  // The first entry of a log says that the task is queued, which it is already.
  if (body.data.status === "queued") return store.events.after(task.id, 0, 1).length === 0;
  return mayBecome(task.status, body.data.status);
}
