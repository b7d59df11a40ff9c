import { chmod, mkdir, readdir, readFile, realpath, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { gitIn, GitError, lineOf } from "../../process/git/git.ts";
import type { StoredWorktree } from "../../store/worktrees.ts";
import type { Variables } from "./checkout.ts";

type Standing = Pick<StoredWorktree, "repository" | "common_dir" | "path" | "branch" | "base">;

/**
 * Makes the worktree on its branch; gives where git keeps what belongs to it.
 * @throws BatonError `conflict` when git cannot
 */
export async function makeWorktree(env: Variables, worktree: Standing): Promise<string> {
  // A hub that died may have begun with it; nobody has worked in it yet.
  await removeWorktree(env, worktree);
  const { repository, path: top, branch, base } = worktree;
  try {
    const git = await gitIn({ env, cwd: repository });
    await git.run(["worktree", "add", "--quiet", "-b", branch, "--", top, base]);
    const own = await gitIn({ env, cwd: top });
    return await realpath(lineOf(await own.run(["rev-parse", "--absolute-git-dir"])));
  } catch (error) {
    await removeWorktree(env, worktree).catch(() => undefined);
    const said = error instanceof GitError ? error.message : String(error);
    throw new BatonError("conflict", `the worktree of ${repository} cannot be made: ${said}`, {
      hint: "See whether `git worktree add` works there, or leave out the isolation.",
      cause: error,
    });
  }
}

/**
 * Removes a worktree and its branch, whatever is left of either; safe to call again. By hand, since git refuses where
 * the agent has changed the file `.git`, and `git worktree prune` would remove others of the user's.
 */
export async function removeWorktree(env: Variables, worktree: Omit<Standing, "base">): Promise<void> {
  const { path: top, common_dir: commonDir, branch } = worktree;
  await removeFolder(top);
  if (!(await isFolder(commonDir))) return;
  for (const kept of await keptFor(commonDir, top)) await rm(kept, { recursive: true, force: true });
  await rmdir(path.join(commonDir, "worktrees")).catch(() => undefined);
  const git = await gitIn({ env, cwd: commonDir, variables: { GIT_DIR: commonDir } });
  // One that the user has checked out meanwhile stays theirs.
  await git.attempt(["branch", "-D", "--quiet", "--", branch]);
}

/** What git keeps of the worktree in this place. */
async function keptFor(commonDir: string, top: string): Promise<readonly string[]> {
  const folder = path.join(commonDir, "worktrees");
  const names = await readdir(folder).catch(() => []);
  const kept = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name, "gitdir"), "utf8").catch(() => "");
      return text.replace(/\r?\n$/, "") === path.join(top, ".git") ? [path.join(folder, name)] : [];
    }),
  );
  return kept.flat();
}

async function removeFolder(folder: string): Promise<void> {
  const remove = async () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  // Caches of modules are often made of folders that nobody may write to.
  await remove().catch(async () => {
    await makeWritable(folder);
    await remove();
  });
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(path.join(folder, entry.name));
}

/** Makes the directory that the task works in, where the commit has none of that name. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
}

export async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null))?.isDirectory() === true;
}
