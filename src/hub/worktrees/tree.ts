import { copyFile, lstat, mkdir, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { items, listOf, rawChanges, shownPath, type RawChange, type RawPath } from "../../core/git/output.ts";
import { lineOf, type Git } from "../../process/git/git.ts";
import type { Checkout } from "./checkout.ts";

/** An index and objects beside the repository: what is worked out there leaves nothing in the user's own. */
export interface Scratch {
  readonly index: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Whether objects are to last in the repository, or only as long as the folder. */
export type Objects = "kept" | "passing";

/**
 * Begins with a copy of the working tree's own index, which spares reading every file.
 * @throws BatonError `conflict` when there is a merge under way in it
 */
export async function scratchFor(
  { git, gitDir, commonDir }: Checkout,
  { folder, name, objects }: { readonly folder: string; readonly name: string; readonly objects: Objects },
): Promise<Scratch> {
  const index = path.join(folder, `${name}.index`);
  const passing = passingObjects(folder, commonDir);
  await mkdir(passing.GIT_OBJECT_DIRECTORY, { recursive: true, mode: 0o700 });
  await copyIndex(path.join(gitDir, "index"), index);
  const variables = { GIT_INDEX_FILE: index, ...(objects === "passing" ? passing : {}) };
  await clearFlags(git, variables);
  return { index, variables };
}

/** What git writes goes into the folder; what it reads comes from the repository too. */
export function passingObjects(folder: string, commonDir: string) {
  return {
    GIT_OBJECT_DIRECTORY: path.join(folder, "objects"),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(path.join(commonDir, "objects")),
  };
}

/** The same time, or an earlier one: git looks anew at files that changed at the time of the index or later. */
async function copyIndex(from: string, to: string): Promise<void> {
  const before = await stat(from).catch(() => null);
  if (before === null) return;
  await copyFile(from, to);
  const at = Math.floor(before.mtimeMs / 1_000);
  await utimes(to, at, at);
}

/** A path in a list of them; git takes one in quotes for exactly that path. */
function quoted(folder: string): string {
  return `"${folder.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Files that git was told not to look at are looked at: they could be what the work is about. */
async function clearFlags(git: Git, variables: Scratch["variables"]): Promise<void> {
  const listed = items(await git.run(["ls-files", "-v", "-z"], { variables }));
  const flagged = listed.filter((entry) => /^[a-zS] /.test(entry));
  if (flagged.length === 0) return;
  const paths = flagged.map((entry) => entry.slice(2));
  const unchanged = paths.filter((_, at) => /^[a-z]/.test(flagged[at] ?? ""));
  const skipped = paths.filter((_, at) => /^s/i.test(flagged[at] ?? ""));
  const there = await existing(git.cwd, skipped);
  await update(git, ["--no-assume-unchanged"], { paths: unchanged, variables });
  await update(git, ["--no-skip-worktree"], { paths: there, variables });
}

/** What of the working tree goes into its tree besides the files that git follows. */
export type Untracked = "all" | readonly RawPath[];

/**
 * The tree of what stands in a working tree, its uncommitted changes included; files that are ignored, submodules and
 * repositories within stay as they are in the index.
 */
export async function treeOf(git: Git, { variables }: Scratch, untracked: Untracked): Promise<string> {
  const changed = items(
    await git.run(["diff-files", "--name-only", "-z", "--ignore-submodules=all"], { variables }),
  );
  const others =
    untracked === "all"
      ? items(await git.run(["ls-files", "--others", "--exclude-standard", "-z"], { variables }))
      : await existing(git.cwd, untracked);
  // A folder in the list is a repository of its own.
  const files = others.filter((file) => !file.endsWith("/"));
  await update(git, ["--add", "--remove", "--replace"], { paths: [...changed, ...files], variables });
  return lineOf(await git.run(["write-tree", "--missing-ok"], { variables }));
}

/** @throws BatonError `conflict` */
export async function assertNoMerge({ git, top }: Checkout): Promise<void> {
  if ((await git.run(["ls-files", "--unmerged", "-z"])) === "") return;
  throw new BatonError("conflict", `a merge is under way in ${top}, with conflicts that nobody has decided`, {
    hint: "Finish or abort it first.",
  });
}

/** How two trees differ, file by file; renamed files are one gone and one new. */
export async function changesBetween(
  git: Git,
  variables: Scratch["variables"],
  [before, after]: readonly [string, string],
): Promise<readonly RawChange[]> {
  const args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", before, after];
  return rawChanges(await git.run(args, { variables }));
}

/** Changes the index, in as many commands as it takes. */
async function update(
  git: Git,
  flags: readonly string[],
  { paths, variables }: { readonly paths: readonly RawPath[]; readonly variables: Scratch["variables"] },
): Promise<void> {
  if (paths.length === 0) return;
  await git.run(["update-index", "-z", ...flags, "--stdin"], { variables, input: listOf(paths) });
}

/** Those of the paths at which something is that is no folder. */
export async function existing(top: string, paths: readonly RawPath[]): Promise<readonly RawPath[]> {
  const found = await Promise.all(
    paths.map(async (file) => (await lstat(placeOf(top, file)).catch(() => null))?.isDirectory() === false),
  );
  return paths.filter((_, at) => found[at]);
}

/** Where a path lies in a working tree. Elsewhere than on Linux names are text. */
export function placeOf(top: string, file: RawPath): Buffer | string {
  if (process.platform !== "linux") return path.join(top, shownPath(file));
  return Buffer.concat([Buffer.from(`${top}/`), Buffer.from(file, "latin1")]);
}
