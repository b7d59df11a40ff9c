import type { HubState } from "../state.ts";
import type { StoredWorktree } from "../../store/worktrees.ts";

/** How long a worktree without work stands after its session was last used, in milliseconds. */
const UNUSED_MS = 86_400_000;

type Cleaned = Pick<HubState, "store" | "worktrees" | "conversations" | "report">;

/**
 * Removes what is left of worktrees that are over, and those in which nothing was done and whose session rests. One that
 * holds work stays, however old, until somebody applies or discards it.
 */
export async function cleanWorktrees(hub: Cleaned, now: Date, stopped: AbortSignal): Promise<void> {
  const { store, worktrees, report } = hub;
  const before = new Date(now.getTime() - UNUSED_MS).toISOString();
  for (const worktree of store.worktrees.standing()) {
    if (stopped.aborted) return;
    try {
      if (worktree.ended_at !== null) await worktrees.finish(process.env, worktree);
      else if (isUnused(hub, worktree, before)) await worktrees.clean(process.env, worktree);
    } catch (error) {
      // It stays for the next time.
      report(error);
    }
  }
}

function isUnused({ store, conversations }: Cleaned, worktree: StoredWorktree, before: string): boolean {
  const { id, session } = worktree;
  const used = store.sessions.byId(session)?.updated_at ?? worktree.created_at;
  const isInUse = store.sessions.hasUnfinishedTask(session) || conversations.isOpen(session);
  if (isInUse || store.worktrees.standing().some(({ repository }) => repository === worktree.path))
    return false;
  // One whose task was cancelled while it waited was never made.
  return used < before || (worktree.state === "planned" && store.worktrees.lastTask(id) !== null);
}
