import { BatonError } from "../../contracts/error.ts";
import { isWithin } from "../../core/approval-rules.ts";
import type { RawChange } from "../../core/git/output.ts";
import { GitError } from "../../process/git/git.ts";
import type { Places } from "../../process/places.ts";
import { createQueues } from "../../process/queues.ts";
import type { Store } from "../../store/store.ts";
import type { StoredWorktree, WorktreeEnd } from "../../store/worktrees.ts";
import { checkoutAt, type Variables } from "./checkout.ts";
import { isFolder, makeDirectory, makeWorktree, removeWorktree } from "./life.ts";
import { mergeOf, unmergeable } from "./merge.ts";
import { inScratch, workIn, type Work } from "./work.ts";
import { takeBack, writeTree } from "./write.ts";

export interface WorktreesOptions {
  readonly store: Store;
  readonly places: Places;
  /** Closes the resting conversations of these sessions. */
  readonly letGo: (sessions: readonly string[]) => Promise<void>;
  /** Hears of what could not be removed; it is tried again later. */
  readonly onError: (error: unknown) => void;
}

export type Worktrees = ReturnType<typeof createWorktrees>;

/** The worktrees of tasks from their making to their removal; what concerns one repository happens one at a time. */
export function createWorktrees({ store, places, letGo, onError }: WorktreesOptions) {
  const { worktrees } = store;
  const inTurn = createQueues();
  /** Those that are about to be applied or removed: no task may begin in them. */
  const busy = new Set<string>();
  const now = () => new Date().toISOString();

  /** Keeps tasks out of it meanwhile. @throws BatonError `session_busy`, `conflict` */
  const alone = async <T>(worktree: StoredWorktree, work: () => Promise<T>): Promise<T> => {
    assertUnused(store, worktree, busy);
    busy.add(worktree.id);
    try {
      return await inTurn(worktree.common_dir, work);
    } finally {
      busy.delete(worktree.id);
    }
  };

  const remove = async (env: Variables, worktree: StoredWorktree): Promise<void> => {
    try {
      await letGo([worktree.session]);
      await removeWorktree(env, worktree);
      worktrees.setRemoved(worktree.id, now());
    } catch (error) {
      onError(error);
    }
  };

  const end = async (env: Variables, worktree: StoredWorktree, state: WorktreeEnd): Promise<void> => {
    worktrees.end(worktree.id, state, now());
    await remove(env, worktree);
  };

  /** Looks into a worktree without changing anything in it. */
  const look = async <T>(
    env: Variables,
    worktree: StoredWorktree,
    use: (work: Work) => Promise<T>,
  ): Promise<T> => inScratch(places, null, async (folder) => use(await workIn({ env, worktree, folder })));

  return {
    /** Whether a task may begin in it. */
    isFree: (id: string): boolean => !busy.has(id),
    /**
     * Sees to it that the worktree, and the directory in it, is there before an agent begins.
     * @throws BatonError `conflict`
     */
    async prepare(env: Variables, id: string, cwd: string): Promise<void> {
      const worktree = standing(worktrees.byId(id));
      await inTurn(worktree.common_dir, async () => {
        if (worktree.state === "planned") {
          worktrees.setReady(id, await makeWorktree(env, worktree));
        } else if (!(await isFolder(worktree.path))) {
          throw new BatonError("conflict", `the worktree ${worktree.path} is gone`, {
            hint: "Ask again to have another one made.",
          });
        }
        await makeDirectory(cwd);
      });
      worktrees.setFiles(id, null);
    },
    /** Notes how much work is in it, for whoever lists them. */
    async settle(env: Variables, id: string): Promise<void> {
      const worktree = worktrees.byId(id);
      if (worktree?.state !== "ready") return;
      const count = await look(env, worktree, async ({ changes, within }) => changes.length + within.length);
      worktrees.setFiles(id, count);
    },
    look: async <T>(env: Variables, worktree: StoredWorktree, use: (work: Work) => Promise<T>): Promise<T> =>
      inTurn(worktree.common_dir, async () => look(env, standing(worktrees.byId(worktree.id)), use)),
    /**
     * Brings its work into the working tree that it was asked for in, all of it or nothing, and removes it.
     * @param permit throws for what the asker may not change.
     * @throws BatonError `conflict`, `session_busy`, and what `permit` throws
     */
    async apply(
      env: Variables,
      worktree: StoredWorktree,
      permit: (changes: readonly RawChange[]) => void,
    ): Promise<readonly RawChange[]> {
      return alone(worktree, async () => {
        const changes = await applied({ env, store, places, worktree, permit });
        await remove(env, worktree);
        return changes;
      });
    },
    /** Removes it with whatever is in it. @throws BatonError `conflict`, `session_busy` */
    async discard(env: Variables, worktree: StoredWorktree): Promise<void> {
      await alone(worktree, async () => end(env, worktree, "discarded"));
    },
    /** Removes it if nothing is in it; tells whether it is gone. @throws BatonError `session_busy` */
    async clean(env: Variables, worktree: StoredWorktree): Promise<boolean> {
      return alone(worktree, async () => {
        if (worktree.state === "ready" && (await isFolder(worktree.path))) {
          const count = await look(
            env,
            worktree,
            async ({ changes, within }) => changes.length + within.length,
          );
          worktrees.setFiles(worktree.id, count);
          if (count > 0) return false;
        }
        await end(env, worktree, "cleaned");
        return true;
      });
    },
    /** Removes what is left of one that is over. */
    finish: async (env: Variables, worktree: StoredWorktree): Promise<void> =>
      inTurn(worktree.common_dir, async () => remove(env, worktree)),
  };
}

interface Application {
  readonly env: Variables;
  readonly store: Store;
  readonly places: Places;
  readonly worktree: StoredWorktree;
  readonly permit: (changes: readonly RawChange[]) => void;
}

async function applied({ env, store, places, worktree, permit }: Application): Promise<readonly RawChange[]> {
  const { id, repository, base } = worktree;
  return inScratch(places, id, async (folder) => {
    const work = await workIn({ env, worktree: standing(store.worktrees.byId(id)), folder });
    const into = await targetOf(env, worktree);
    const { scratch, from, to, changes } = await mergeOf({ into, work, base, folder });
    permit(changes);
    store.worktrees.setApplying(id, { from, to });
    try {
      await writeTree(into.git, scratch, { from, to });
      store.worktrees.end(id, "applied", new Date().toISOString());
    } catch (error) {
      await takeBack(into.git, { trees: { from, to }, folder, variables: scratch.variables });
      store.worktrees.setReady(id, null);
      if (error instanceof GitError) throw unmergeable(repository, error.stderr.trim().split("\n"));
      throw error;
    }
    return changes;
  });
}

async function targetOf(env: Variables, { repository, common_dir: commonDir }: StoredWorktree) {
  const into = await checkoutAt(env, repository).catch(() => null);
  if (into !== null && into.commonDir === commonDir) return into;
  throw new BatonError("conflict", `the repository ${repository} is not there any more, or is another one`, {
    hint: "`baton diff` may still show the work; `baton discard` removes it.",
  });
}

/** @throws BatonError `conflict` for one that is over */
function standing(worktree: StoredWorktree | null): StoredWorktree {
  if (worktree !== null && worktree.ended_at === null) return worktree;
  const what = worktree === null ? "is gone" : `was ${worktree.state} at ${worktree.ended_at}`;
  throw new BatonError("conflict", `the worktree of this task ${what}`, {
    hint: "Nothing of it is left to show, apply or discard.",
  });
}

function assertUnused(store: Store, worktree: StoredWorktree, busy: ReadonlySet<string>): void {
  standing(store.worktrees.byId(worktree.id));
  const { id, session, path } = worktree;
  const inUse = store.tasks.unfinished().find((task) => task.session === session || isWithin(task.cwd, path));
  if (inUse !== undefined || busy.has(id)) {
    const what = inUse === undefined ? "somebody applies or removes it" : `the task ${inUse.id} works in it`;
    throw new BatonError("session_busy", `the worktree ${worktree.branch} is in use: ${what}`, {
      hint: inUse === undefined ? "Try again." : `Wait for it (\`baton wait ${inUse.id}\`), or cancel it.`,
    });
  }
  const below = store.worktrees.standing().find(({ repository }) => repository === path);
  if (below === undefined) return;
  throw new BatonError(
    "conflict",
    `the worktree ${below.branch} was made of this one and would have nowhere to go`,
    {
      hint: `Apply or discard it first: it is that of task ${store.worktrees.lastTask(below.id) ?? below.id}.`,
    },
  );
}
