import path from "node:path";
import { BatonError } from "../contracts/error.ts";
import type { RpcParams, RpcResult } from "../contracts/rpc.ts";
import type { Worktree } from "../contracts/worktree.ts";
import { changeOf, shownPath, type RawChange } from "../core/git/output.ts";
import { isWithin } from "../core/approval-rules.ts";
import { maySee } from "../core/visibility.ts";
import { textOf } from "../process/git/git.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { StoredWorktree } from "../store/worktrees.ts";
import { checkAccess } from "./guard.ts";
import type { RequestContext } from "./request-context.ts";
import type { HubState } from "./state.ts";
import { standingOf, taskBelow, visibleTask, type Asker } from "./viewer.ts";
import type { Variables } from "./worktrees/checkout.ts";

type Context = Pick<RequestContext, "asker">;

/** Shows what was done in the worktree of a task. */
export async function diffWorktree(
  hub: HubState,
  { task, caller, form }: RpcParams<"worktree.diff">,
  { asker }: Context,
): Promise<RpcResult<"worktree.diff">> {
  const worktree = worktreeOf(hub, visibleTask(hub, asker, task));
  return hub.worktrees.look(
    gitEnvironment(caller),
    worktree,
    async ({ checkout, scratch, tree, changes }) => {
      const how = form === "stat" ? ["--stat"] : ["--patch", "--binary", "--full-index"];
      const plain = ["--no-color", "--no-ext-diff", "--no-textconv", "-M"];
      const args = ["diff-tree", "-r", ...how, ...plain, worktree.base, tree];
      const patch = await checkout.git.run(args, { variables: scratch.variables });
      return { ...shownWorktree(hub, worktree), changes: changes.map(changeOf), patch: textOf(patch) };
    },
  );
}

/** Brings the work of a task into the working tree that it was asked for in. */
export async function applyWorktree(
  hub: HubState,
  { task, caller }: RpcParams<"worktree.apply">,
  { asker }: Context,
): Promise<RpcResult<"worktree.apply">> {
  const worktree = await changeable(hub, { asker, task, config: caller.config });
  const shown = shownWorktree(hub, worktree);
  const permit = (changes: readonly RawChange[]) => assertOwn(asker, worktree, changes);
  const changes = await hub.worktrees.apply(gitEnvironment(caller), worktree, permit);
  return { ...shown, changes: changes.map(changeOf) };
}

/** Removes the worktree of a task with what was done in it. */
export async function discardWorktree(
  hub: HubState,
  { task, caller }: RpcParams<"worktree.discard">,
  { asker }: Context,
): Promise<RpcResult<"worktree.discard">> {
  const worktree = await changeable(hub, { asker, task, config: caller.config });
  const shown = shownWorktree(hub, worktree);
  await hub.worktrees.discard(gitEnvironment(caller), worktree);
  return shown;
}

/** The worktrees that stand, those of the tasks that the asker may see. */
export async function listWorktrees(
  hub: HubState,
  _params: RpcParams<"worktree.list">,
  { asker }: Context,
): Promise<RpcResult<"worktree.list">> {
  const isSeen = ({ id }: StoredWorktree) => {
    const task = hub.store.tasks.byId(hub.store.worktrees.lastTask(id) ?? "");
    return task !== null && maySee(asker.viewer, standingOf(hub, task));
  };
  const seen = standingWorktrees(hub).filter(isSeen);
  // A task that has only just ended may not be counted yet.
  const uncounted = seen.filter(
    ({ files, session }) => files === null && !hub.store.sessions.hasUnfinishedTask(session),
  );
  await Promise.all(uncounted.map(async ({ id }) => hub.worktrees.settle(process.env, id).catch(hub.report)));
  const ids = new Set(seen.map(({ id }) => id));
  const items = standingWorktrees(hub).filter(({ id }) => ids.has(id));
  return { items: items.map((worktree) => shownWorktree(hub, worktree)), next: null };
}

function standingWorktrees({ store }: HubState): readonly StoredWorktree[] {
  return store.worktrees.standing().filter(({ ended_at }) => ended_at === null);
}

interface Change {
  readonly asker: Asker;
  readonly task: string;
  readonly config: string;
}

/**
 * The worktree of a task that the asker may bring in or throw away: a person of any, an agent of what it has asked for,
 * if it may write itself.
 * @throws BatonError `task_not_found`, `access_denied`, `invalid_argument`
 */
async function changeable(hub: HubState, { asker, task, config }: Change): Promise<StoredWorktree> {
  const found = taskBelow(hub, asker, task);
  if (asker.viewer.kind !== "person") checkAccess(asker, "write", await hub.readConfig(config));
  return worktreeOf(hub, found);
}

/** A delegate changes nothing outside of its own directory, by itself or by what it has asked for. */
function assertOwn({ task }: Asker, { repository }: StoredWorktree, changes: readonly RawChange[]): void {
  if (task === null) return;
  const paths = changes.map((change) => path.join(repository, shownPath(change.path)));
  const outside = paths.find((file) => !isWithin(file, task.cwd));
  if (outside === undefined) return;
  throw new BatonError(
    "access_denied",
    `${outside} is outside the directory of task ${task.id} (${task.cwd})`,
    {
      hint: "A person can apply it.",
    },
  );
}

/** @throws BatonError `invalid_argument` */
function worktreeOf(hub: HubState, { id, worktree }: StoredTask): StoredWorktree {
  const found = worktree === null ? null : hub.store.worktrees.byId(worktree);
  if (found !== null) return found;
  throw new BatonError(
    "invalid_argument",
    `the task ${id} worked in the directory itself, not in a worktree`,
    {
      hint: "What it changed is there already; `baton show` lists it. --isolation worktree keeps work apart.",
    },
  );
}

function shownWorktree(hub: HubState, worktree: StoredWorktree): Worktree {
  const { id, session, branch, base, path: top, repository, files, created_at } = worktree;
  const task = hub.store.worktrees.lastTask(id) ?? "";
  return { task, session, branch, base, path: top, repository, files, created_at };
}

/** Git is the hub's own; the user's configuration is found by the caller's home. */
export function gitEnvironment({ env }: { readonly env: Variables }): Variables {
  return { ...process.env, ...env };
}
