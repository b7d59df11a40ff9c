import { isFinal } from "../contracts/task.ts";
import { found } from "./start-task.ts";
import type { HubState } from "./state.ts";

/** Resolves when a task is final; rejects when the signal is aborted. */
export async function finalOf(hub: HubState, task: string, signal: AbortSignal): Promise<void> {
  while (!isFinal(found(hub, task).status)) await hub.log.changed(task, signal);
}
