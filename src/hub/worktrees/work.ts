import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { items, type RawChange, type RawPath } from "../../core/git/output.ts";
import type { Places } from "../../process/places.ts";
import type { StoredWorktree } from "../../store/worktrees.ts";
import { isFolder } from "./life.ts";
import { ownCheckout, type Checkout, type Variables } from "./checkout.ts";
import { changesBetween, existing, scratchFor, treeOf, type Scratch } from "./tree.ts";

/** What stands in a worktree, compared with what it began from. */
export interface Work {
  readonly checkout: Checkout;
  readonly scratch: Scratch;
  readonly tree: string;
  /** By git's paths, from the top of the worktree on. */
  readonly changes: readonly RawChange[];
  /** Repositories within it, which are no part of its tree. */
  readonly within: readonly RawPath[];
}

export interface WorkRequest {
  readonly env: Variables;
  readonly worktree: StoredWorktree;
  /** A folder for what is worked out. */
  readonly folder: string;
}

/**
 * Works out what was done in a worktree: commits, what is staged, what is not, and new files.
 * @throws BatonError `conflict` when the worktree, or the repository's part of it, is gone
 */
export async function workIn({ env, worktree, folder }: WorkRequest): Promise<Work> {
  const { git_dir: gitDir, common_dir: commonDir, path: top, base } = worktree;
  if (gitDir === null || !(await isFolder(top))) throw gone(worktree, `its folder ${top} is not there`);
  if (!(await isFolder(gitDir))) {
    throw gone(
      worktree,
      `the repository ${worktree.repository} does not know it any more; its files are in ${top}`,
    );
  }
  const checkout = await ownCheckout(env, { path: top, gitDir, commonDir });
  const { git } = checkout;
  const known = await git.attempt(["cat-file", "-e", `${base}^{commit}`]);
  if (known.code !== 0) throw gone(worktree, `the commit ${base} that it began from is not there any more`);
  const scratch = await scratchFor(checkout, { folder, name: "work", objects: "passing" });
  const within = await repositoriesIn(checkout, scratch);
  const tree = await treeOf(git, scratch, "all");
  const changes = await changesBetween(git, scratch.variables, [base, tree]);
  return { checkout, scratch, tree, changes, within };
}

/** Repositories that were made in it, and submodules that were filled. */
async function repositoriesIn({ git, top }: Checkout, { variables }: Scratch): Promise<readonly RawPath[]> {
  const others = items(await git.run(["ls-files", "--others", "--exclude-standard", "-z"], { variables }));
  const staged = items(await git.run(["ls-files", "--stage", "-z"], { variables }));
  const links = staged
    .filter((entry) => entry.startsWith("160000 "))
    .map((entry) => entry.split("\t")[1] ?? "");
  const files = await existing(
    top,
    links.map((link) => `${link}/.git`),
  );
  const filled = files.map((file) => file.slice(0, -"/.git".length));
  return [...others.filter((file) => file.endsWith("/")).map((file) => file.slice(0, -1)), ...filled];
}

function gone({ branch }: StoredWorktree, why: string): BatonError {
  return new BatonError("conflict", `the worktree on ${branch} cannot be used: ${why}`, {
    hint: "Keep what you need of its files; `baton discard` of its task removes the rest.",
  });
}

/** Gives a folder for the time of some work, and removes it: that of a worktree, or another one each time. */
export async function inScratch<T>(
  places: Places,
  name: string | null,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder =
    name === null ? await mkdtemp(path.join(places.scratchFolder, "look-")) : scratchOf(places, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function scratchOf({ scratchFolder }: Places, name: string): string {
  return path.join(scratchFolder, name);
}
