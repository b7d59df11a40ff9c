import { taskError } from "../contracts/error.ts";
import { endAll } from "../process/kill.ts";
import { withDescendants } from "../process/identity.ts";
import type { Store } from "../store/store.ts";
import type { TaskLog } from "./task-log.ts";

/**
 * Clears up after a hub that ended without closing: its unfinished tasks are final as `lost`, the agents that it left
 * behind are ended. Nothing else holds the lease now, so nobody is working on them.
 */
export async function recover(store: Store, log: TaskLog): Promise<void> {
  for (const task of store.tasks.unfinished()) {
    const error = taskError("lost", "the hub ended while the task was under way", {
      hint: `Continue the session ${task.session} to go on; what had arrived is kept.`,
    });
    log.append(task.id, [{ type: "task.status", data: { status: "failed", error } }]);
  }
  for (const identity of store.processes.all()) {
    const tree = await withDescendants(identity.pid);
    // The number alone proves nothing: it may belong to somebody else's process by now.
    if (tree[0]?.birth === identity.birth) await endAll(tree);
    store.processes.remove(identity.pid, identity.birth);
  }
}
