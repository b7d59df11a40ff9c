import { setTimeout as delay } from "node:timers/promises";
import type { HubClient } from "../client/client.ts";
import type { TaskEvent } from "../contracts/event.ts";
import type { Task } from "../contracts/task.ts";

const POLL_MS = 50;
const NEWEST = 10;

export interface Watcher {
  readonly onTask: (task: Task) => void;
  readonly onEvent: (task: Task, event: TaskEvent) => void;
}

/** Shows every task that begins while `work` goes on, one after the other, with all of its events. */
export async function watchTasks<T>(client: HubClient, watcher: Watcher, work: Promise<T>): Promise<T> {
  const seen = new Set((await newest(client)).map(({ id }) => id));
  const follow = async (): Promise<void> => {
    for (const task of await newest(client)) {
      if (seen.has(task.id)) continue;
      seen.add(task.id);
      watcher.onTask(task);
      const onEvent = (event: TaskEvent) => watcher.onEvent(task, event);
      await client.call("task.events", { task: task.id, after: 0, follow: true }, { onEvent });
    }
  };
  const ended = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, delay(POLL_MS, false)]))) await follow();
  await follow();
  return work;
}

async function newest(client: HubClient): Promise<readonly Task[]> {
  const { items } = await client.call("task.list", { limit: NEWEST, after: null, unfinished: false });
  return items.toReversed();
}
