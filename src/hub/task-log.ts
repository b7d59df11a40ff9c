import { EventEmitter, once } from "node:events";
import type { TaskEvent, TaskEventBody } from "../contracts/event.ts";
import { isFinal } from "../contracts/task.ts";
import { advance, mayBecome } from "../core/progress.ts";
import type { Store } from "../store/store.ts";
import type { StoredTask } from "../store/tasks.ts";

export type TaskLog = ReturnType<typeof createTaskLog>;

/** The one place where events are written: the log and the row that mirrors it change together. */
export function createTaskLog(store: Store, now: () => Date) {
  const changes = new EventEmitter().setMaxListeners(0);

  return {
    /** Appends events to a task that is not final yet; afterwards nothing is written any more, and that is no error. */
    append(id: string, bodies: readonly TaskEventBody[]): readonly TaskEvent[] {
      const written = store.transaction(() => appendAll(store, id, bodies, now().toISOString()));
      if (written.length > 0) changes.emit(id);
      return written;
    },
    /** Resolves at the next change of the task; rejects when the signal is aborted. */
    async changed(id: string, signal: AbortSignal): Promise<void> {
      await once(changes, id, { signal });
    },
  };
}

function appendAll(
  store: Store,
  id: string,
  bodies: readonly TaskEventBody[],
  at: string,
): readonly TaskEvent[] {
  const written: TaskEvent[] = [];
  let task = store.tasks.byId(id);
  for (const body of bodies) {
    if (task === null || !isPossible(task, body)) break;
    written.push(store.events.append(id, at, body));
    task = advance<StoredTask>(task, body, at);
  }
  if (task !== null && written.length > 0) store.tasks.mirror(task);
  return written;
}

function isPossible(task: StoredTask, body: TaskEventBody): boolean {
  if (body.type !== "task.status") return !isFinal(task.status);
  // The first entry of a log says that the task is queued, which it is already.
  return body.data.status === "queued" || mayBecome(task.status, body.data.status);
}
