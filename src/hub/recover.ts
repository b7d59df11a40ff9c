import { taskError } from "../contracts/error.ts";
import { endAll } from "../process/kill.ts";
import { inSessionOf, withDescendants, type ProcessIdentity } from "../process/identity.ts";
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
    await endLeft(identity);
    store.processes.remove(identity.pid, identity.birth);
  }
}

/**
 * Ends an agent that was left, and what is left of one that has ended by itself: helpers in the session that it began,
 * which no tree shows any more (bubblewrap in Codex 0.169.0).
 */
async function endLeft({ pid, birth }: ProcessIdentity): Promise<void> {
  const tree = await withDescendants(pid);
  const [holder] = tree;
  // The number alone proves nothing: it may belong to somebody else's process by now. While nobody has it, a session of
  // that number is the agent's: the system gives out no number that a session still has.
  if (holder !== undefined && holder.birth !== birth) return;
  await endAll(tree);
  await endAll(await inSessionOf(pid), 0);
}
