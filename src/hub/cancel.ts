import type { HubState } from "./state.ts";

/** Cancels a task that is not final, with all that it has asked for. */
export function cancelTask(hub: HubState, id: string): void {
  cancelBelow(hub, id);
  if (hub.dispatcher.cancel(id) === "told") return;
  hub.callers.drop(id);
  hub.log.append(id, [{ type: "task.status", data: { status: "cancelled", error: null } }]);
}

/** Cancels what a task has asked for, and what that has asked for. */
export function cancelBelow(hub: HubState, id: string): void {
  for (const child of hub.store.lineage.unfinishedChildren(id)) cancelTask(hub, child.id);
}
