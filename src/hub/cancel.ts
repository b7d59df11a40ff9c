import type { TaskError } from "../contracts/error.ts";
import type { HubState } from "./state.ts";

/** Cancels a task that is not final, with all that is below it. */
export function cancelTask(hub: HubState, id: string): void {
  cancelBelow(hub, id);
  cancelAlone(hub, id);
}

/** Cancels what a task has asked for and what that has asked for, also where what stands between is final. */
export function cancelBelow(hub: HubState, id: string): void {
  for (const below of hub.store.lineage.unfinishedBelow(id)) cancelAlone(hub, below.id);
}

/** Ends a task as failed for a reason that is not its own, with all that is below it. */
export function failTask(hub: HubState, id: string, error: TaskError): void {
  cancelBelow(hub, id);
  if (hub.dispatcher.stop(id, error) === "told") return;
  hub.callers.drop(id);
  hub.log.append(id, [{ type: "task.status", data: { status: "failed", error } }]);
}

function cancelAlone(hub: HubState, id: string): void {
  if (hub.dispatcher.cancel(id) === "told") return;
  hub.callers.drop(id);
  hub.log.append(id, [{ type: "task.status", data: { status: "cancelled", error: null } }]);
}
