import { isFinal } from "../contracts/task.ts";
import { found } from "./start-task.ts";
import type { HubState } from "./state.ts";

/** A task has ended: it is final, or at least nothing of it runs where that cannot be written. */
export async function endOf(hub: HubState, task: string): Promise<void> {
  const known = new AbortController();
  const final = finalOf(hub, task, known.signal).catch(() => undefined);
  await Promise.race([final, hub.dispatcher.settled(task)]);
  known.abort();
}

/** Resolves when a task is final; rejects when the signal is aborted. */
export async function finalOf(hub: HubState, task: string, signal: AbortSignal): Promise<void> {
  while (!isFinal(found(hub, task).status)) await hub.log.changed(task, signal);
}
