import { realpath } from "node:fs/promises";
import path from "node:path";
import type { Isolation } from "../../contracts/rpc.ts";
import { lineOf } from "../../process/git/git.ts";
import type { Places } from "../../process/places.ts";
import type { NewWorktree } from "../../store/worktrees.ts";
import { newId } from "../ids.ts";
import { checkoutAt, headOf, type Checkout, type Variables } from "./checkout.ts";
import { branchOf, nameOf } from "./naming.ts";
import { NOBODY } from "./nobody.ts";
import { assertNoMerge, scratchFor, treeOf } from "./tree.ts";
import { inScratch } from "./work.ts";

export interface PlanRequest {
  readonly env: Variables;
  /** The directory that the work is about, without links. */
  readonly directory: string;
  readonly title: string;
  readonly uncommitted: Extract<Isolation, { kind: "worktree" }>["uncommitted"];
  readonly session: string;
  /** Where the session's earlier worktree was: agents find their conversations by the directory. */
  readonly path: string | null;
  readonly at: string;
}

export interface Plan {
  readonly worktree: NewWorktree;
  /** The place in it that the directory stands for. */
  readonly cwd: string;
}

/**
 * What a worktree is to be: made of what is there now, though it is made when the task begins.
 * @throws BatonError `invalid_argument` where none can be made, `conflict` in the middle of a merge
 */
export async function planWorktree(places: Places, request: PlanRequest): Promise<Plan> {
  const { env, directory, session, title, at } = request;
  const checkout = await checkoutAt(env, directory);
  const head = await headOf(checkout);
  const base = request.uncommitted === "left" ? head : await withUncommitted(places, checkout, head);
  const taken = await checkout.git.attempt(["show-ref", "--verify", "--quiet", "refs/heads/baton"]);
  const id = newId("w");
  const name = nameOf(title, id);
  const top = request.path ?? path.join(await realpath(places.worktreesFolder), name);
  return {
    worktree: {
      id,
      session,
      repository: checkout.top,
      common_dir: checkout.commonDir,
      path: top,
      branch: branchOf(name, { isTaken: taken.code === 0 }),
      base,
      created_at: at,
    },
    cwd: path.join(top, path.relative(checkout.top, directory)),
  };
}

/** A commit upon the one that is checked out, of all that stands in the working tree; the same one where that is all. */
async function withUncommitted(places: Places, checkout: Checkout, head: string): Promise<string> {
  const { git } = checkout;
  await assertNoMerge(checkout);
  return inScratch(places, null, async (folder) => {
    const scratch = await scratchFor(checkout, { folder, name: "caller", objects: "kept" });
    const tree = await treeOf(git, scratch, "all");
    if (tree === lineOf(await git.run(["rev-parse", `${head}^{tree}`]))) return head;
    const commit = ["commit-tree", tree, "-p", head, "-m", "Uncommitted changes of the caller"];
    return lineOf(await git.run(commit, { variables: NOBODY }));
  });
}
