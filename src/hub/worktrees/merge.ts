import { BatonError } from "../../contracts/error.ts";
import {
  ABSENT,
  items,
  mergeResult,
  shownPath,
  type RawChange,
  type RawPath,
} from "../../core/git/output.ts";
import { lineOf } from "../../process/git/git.ts";
import type { Checkout } from "./checkout.ts";
import { NOBODY } from "./nobody.ts";
import { foundAt, obstaclesTo } from "./obstacles.ts";
import { assertNoMerge, changesBetween, scratchFor, treeOf, type Scratch } from "./tree.ts";
import type { Work } from "./work.ts";

/** What bringing work into a working tree changes there. */
export interface Merge {
  readonly scratch: Scratch;
  /** The working tree as it is, and as it is to be. */
  readonly from: string;
  readonly to: string;
  readonly changes: readonly RawChange[];
}

export interface MergeRequest {
  readonly into: Checkout;
  readonly work: Work;
  /** The commit that the work began from. */
  readonly base: string;
  readonly folder: string;
}

/** A submodule's place in a tree. */
const LINK = "160000";
const SHOWN = 20;

/**
 * The three-way merge of work with a working tree as it stands, uncommitted changes included; writes nothing there.
 * @throws BatonError `conflict`, with each file and why
 */
export async function mergeOf({ into, work, base, folder }: MergeRequest): Promise<Merge> {
  assertWhole(work);
  await assertNoMerge(into);
  const { git, top } = into;
  const scratch = await scratchFor(into, { folder, name: "into", objects: "passing" });
  const { variables } = scratch;
  const from = await presentTree(into, { scratch, work, base });
  const sides = await Promise.all(
    [from, work.tree].map(async (tree) => {
      const commit = ["commit-tree", tree, "-p", base, "-m", "A side of a merge"];
      return lineOf(await git.run(commit, { variables: { ...variables, ...NOBODY } }));
    }),
  );
  const output = await git.attempt(["merge-tree", "--write-tree", "-z", "--name-only", ...sides], {
    variables,
  });
  if (output.code > 1) throw unmergeable(top, [`git merge-tree: ${output.stderr.trim()}`]);
  const { tree: to, conflicts } = mergeResult(output.stdout);
  if (output.code === 1) {
    throw unmergeable(
      top,
      conflicts.map(({ path, reason }) => `${shownPath(path)} (${reason})`),
    );
  }
  const changes = await changesBetween(git, variables, [from, to]);
  await assertRoom(into, scratch, changes);
  return { scratch, from, to, changes };
}

/**
 * The tree of what stands there now. New files that nobody follows belong to it where the work has them too, and where
 * files are missing, which may have been renamed to them.
 */
async function presentTree(
  { git, top }: Checkout,
  { scratch, work, base }: { readonly scratch: Scratch; readonly work: Work; readonly base: string },
): Promise<string> {
  const { variables } = scratch;
  const tree = await treeOf(git, scratch, await standing(top, work.changes));
  const missing = ["diff-index", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=D", base];
  return (await git.run(missing, { variables })) === "" ? tree : treeOf(git, scratch, "all");
}

/** Of what the work adds or changes, what stands in the working tree, whether or not anybody follows it there. */
async function standing(top: string, changes: readonly RawChange[]): Promise<readonly RawPath[]> {
  const paths = changes.filter(({ after }) => after.mode !== ABSENT).map(({ path }) => path);
  const found = await Promise.all(paths.map(async (path) => (await foundAt(top, path)).kind === "file"));
  return paths.filter((_, at) => found[at]);
}

function assertWhole({ within, checkout }: Work): void {
  const [first] = within;
  if (first === undefined) return;
  throw new BatonError(
    "conflict",
    `${shownPath(first)} in the worktree is a repository of its own, which cannot be applied`,
    { hint: `Take what you need out of ${checkout.top}, and remove it there.` },
  );
}

async function assertRoom({ git, top }: Checkout, { variables }: Scratch, changes: readonly RawChange[]) {
  const links = changes.filter(({ before, after }) => before.mode === LINK || after.mode === LINK);
  const skipped = new Set(
    items(await git.run(["ls-files", "-t", "-z"], { variables }))
      .filter((entry) => entry.startsWith("S "))
      .map((entry) => entry.slice(2)),
  );
  const outside = changes.filter(({ path }) => skipped.has(path));
  const obstacles = await obstaclesTo(top, changes);
  const reasons = [
    ...links.map(({ path }) => `${shownPath(path)} (a submodule)`),
    ...outside.map(({ path }) => `${shownPath(path)} (outside the sparse checkout)`),
    ...obstacles.map((path) => `${shownPath(path)} (a file that git does not follow is in the way)`),
  ];
  if (reasons.length > 0) throw unmergeable(top, reasons);
}

export function unmergeable(top: string, reasons: readonly string[]): BatonError {
  const more = reasons.length > SHOWN ? `, and ${reasons.length - SHOWN} more` : "";
  return new BatonError(
    "conflict",
    `nothing was applied to ${top}, since this conflicts: ${reasons.slice(0, SHOWN).join(", ")}${more}`,
    {
      hint: "Have the agent bring its work up to date (`baton delegate … --session`), or merge its branch by hand; the worktree stays.",
    },
  );
}
