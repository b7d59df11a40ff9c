import path from "node:path";
import { isWithin } from "../../core/approval-rules.ts";
import type { Store } from "../../store/store.ts";
import type { StoredWorktree } from "../../store/worktrees.ts";

/**
 * The directory that one counts as: a place in a worktree of ours is the same place of the repository that the worktree
 * is of. Names of sessions hold there, and the folders that the config allows.
 */
export function countedAs(store: Pick<Store, "worktrees">, directory: string): string {
  const standing = store.worktrees.standing();
  let counted = directory;
  // One can be made of another; none is its own.
  for (const _ of standing) {
    const around = standing.find(({ path: top }) => isWithin(counted, top));
    if (around === undefined) break;
    counted = originOf(around, counted);
  }
  return counted;
}

/** The place in its repository that one in a worktree stands for. */
export function originOf({ path: top, repository }: StoredWorktree, directory: string): string {
  return path.join(repository, path.relative(top, directory));
}
