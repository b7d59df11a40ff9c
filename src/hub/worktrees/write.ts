import { readdir, rmdir, unlink } from "node:fs/promises";
import path from "node:path";
import { ABSENT, items, listOf, type RawPath } from "../../core/git/output.ts";
import type { Git } from "../../process/git/git.ts";
import type { Trees } from "../../store/worktrees.ts";
import { foundAt } from "./obstacles.ts";
import { changesBetween, placeOf, type Scratch } from "./tree.ts";

/**
 * Changes the files of a working tree, and nothing of the user's index. Git looks at all of them before it changes the
 * first, and refuses where one is not as it was.
 * @throws GitError
 */
export async function writeTree(git: Git, { variables }: Scratch, { from, to }: Trees): Promise<void> {
  await git.attempt(["update-index", "-q", "--refresh"], { variables });
  await git.run(["read-tree", "-m", "-u", from, to], { variables });
}

export interface Undo {
  readonly trees: Trees;
  /** The scratch folder that the change was worked out in. */
  readonly folder: string;
  readonly variables: Scratch["variables"];
}

/** Takes back what was written of a change that did not go in whole; a file that somebody changed since stays. */
export async function takeBack(git: Git, { trees, folder, variables }: Undo): Promise<void> {
  const { from, to } = trees;
  const inIndex = (name: string) => ({ ...variables, GIT_INDEX_FILE: path.join(folder, `${name}.index`) });
  const after = inIndex("after");
  await git.run(["read-tree", to], { variables: after });
  await git.attempt(["update-index", "-q", "--refresh"], { variables: after });
  const unlike = items(await git.run(["diff-files", "--name-only", "-z"], { variables: after }));
  const changes = await changesBetween(git, variables, [from, to]);
  const differing = new Set(unlike);
  const restored: RawPath[] = [];
  for (const change of changes) {
    const { path: file } = change;
    const isThere = (await foundAt(git.cwd, file)).kind === "file";
    const wasWritten = change.after.mode === ABSENT ? !isThere : isThere && !differing.has(file);
    // What git has taken away on its way to write it anew.
    const wasTaken = change.before.mode !== ABSENT && !isThere;
    if (!wasWritten && !wasTaken) continue;
    if (change.before.mode === ABSENT) await removeFile(git.cwd, file);
    else restored.push(file);
  }
  const before = inIndex("before");
  await git.run(["read-tree", from], { variables: before });
  if (restored.length === 0) return;
  const checkOut = ["checkout-index", "-f", "-z", "--stdin"];
  await git.run(checkOut, { variables: before, input: listOf(restored) });
}

/** Removes a file, and the folders above it that are empty then. */
async function removeFile(top: string, file: RawPath): Promise<void> {
  await unlink(placeOf(top, file));
  const names = file.split("/").slice(0, -1);
  for (let count = names.length; count > 0; count -= 1) {
    const folder = placeOf(top, names.slice(0, count).join("/"));
    if ((await readdir(folder)).length > 0) return;
    await rmdir(folder);
  }
}
