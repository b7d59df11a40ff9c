import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Places } from "../../process/places.ts";
import type { Store } from "../../store/store.ts";
import type { StoredWorktree } from "../../store/worktrees.ts";
import { checkoutAt, type Variables } from "./checkout.ts";
import { isFolder, removeWorktree } from "./life.ts";
import { scratchOf } from "./work.ts";
import { passingObjects } from "./tree.ts";
import { takeBack } from "./write.ts";

export interface Recovery {
  readonly store: Store;
  readonly places: Places;
  readonly env: Variables;
  readonly onError: (error: unknown) => void;
}

/**
 * Judges the worktrees that a hub has left which ended without closing: what was being applied is taken back, what was
 * being made or removed is removed. Goes on where one cannot be judged: it is kept.
 */
export async function recoverWorktrees({ store, places, env, onError }: Recovery): Promise<void> {
  const { worktrees } = store;
  for (const worktree of worktrees.standing()) {
    try {
      if (worktree.state === "applying") await undo(places, env, worktree);
      if (worktree.state === "applying") worktrees.setReady(worktree.id, null);
      // No agent has worked in it yet.
      if (worktree.state === "planned") worktrees.end(worktree.id, "cleaned", new Date().toISOString());
      if (worktree.state === "ready" || worktree.state === "applying") continue;
      await removeWorktree(env, worktree);
      worktrees.setRemoved(worktree.id, new Date().toISOString());
    } catch (error) {
      onError(error);
    }
  }
  const left = await readdir(places.scratchFolder).catch(() => []);
  for (const name of left) await rm(path.join(places.scratchFolder, name), { recursive: true, force: true });
}

async function undo(places: Places, env: Variables, { id, trees, repository, common_dir }: StoredWorktree) {
  const folder = scratchOf(places, id);
  if (trees === null || !(await isFolder(folder))) return;
  const { git, commonDir } = await checkoutAt(env, repository);
  if (commonDir !== common_dir) return;
  await takeBack(git, { trees, folder, variables: passingObjects(folder, commonDir) });
}
