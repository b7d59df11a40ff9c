import { stat } from "node:fs/promises";
import path from "node:path";
import type { FileChange } from "../../contracts/task.ts";
import { changesOf, type Snapshot } from "../../core/git/changes.ts";
import { gitIn, GitError } from "../../process/git/git.ts";
import { scopeOf } from "../scope.ts";
import type { Variables } from "../worktrees/checkout.ts";
import { changesBetween } from "../worktrees/tree.ts";
import { beyondGit, foundFrom, possible } from "./claims.ts";
import { snapshot } from "./snapshot.ts";

/** What has become of the files. */
export interface Happened {
  readonly changes: readonly FileChange[];
  readonly warning: string | null;
}

/** One task that may change files, from its first look to its last. */
export interface ChangeLook {
  /** What happened since, where the agent tells this much of it. Never rejects. */
  end(claims: readonly FileChange[]): Promise<Happened>;
  /** It is over; safe to call again. */
  release(): void;
}

export interface LookRequest {
  readonly env: Variables;
  readonly cwd: string;
}

export type ChangeWatch = ReturnType<typeof createChangeWatch>;

interface Entry {
  /** Another task that may change files has been in the same place meanwhile. */
  isShared: boolean;
}

const TOGETHER =
  "Another task worked in this directory at the same time: what commands have changed may be that one's.";
const UNCHECKED =
  "The changes are what the agent tells of them: git takes too long here to say what has changed.";

/** Finds out what tasks do to files: by what git sees before and after, where there is git. */
export function createChangeWatch() {
  const places = new Map<string, Set<Entry>>();
  /** Where a look took too long; it would each time. */
  const slow = new Set<string>();

  const enter = (place: string): { readonly entry: Entry; readonly leave: () => void } => {
    const there = places.get(place) ?? new Set<Entry>();
    const entry: Entry = { isShared: there.size > 0 };
    for (const other of there) other.isShared = true;
    places.set(place, there.add(entry));
    const leave = () => {
      there.delete(entry);
      if (there.size === 0 && places.get(place) === there) places.delete(place);
    };
    return { entry, leave };
  };

  return {
    /** Looks for the first time. Never rejects: what git cannot say is left to the agent's own words. */
    async begin({ env, cwd }: LookRequest): Promise<ChangeLook> {
      const top = await scopeOf(cwd);
      const { entry, leave } = enter(top);
      const before = slow.has(top) ? null : await firstLook(env, top);
      const end: ChangeLook["end"] = async (claims) => {
        const shared = entry.isShared ? TOGETHER : null;
        if (before === null || before === "none") {
          const warning = before === null ? UNCHECKED : shared;
          return { changes: await possible(cwd, claims), warning };
        }
        const changes = await lastLook(env, before, { cwd, claims }).catch(() => null);
        if (changes !== null) return { changes, warning: shared };
        slow.add(top);
        return { changes: await possible(cwd, claims), warning: UNCHECKED };
      };
      if (before === null) slow.add(top);
      return { end, release: leave };
    },
  };
}

interface FirstLook {
  readonly top: string;
  readonly at: Snapshot;
}

const NO_REPOSITORY = /not a git repository/i;

/** Null where git has failed, "none" where there is no repository. */
async function firstLook(env: Variables, top: string): Promise<FirstLook | "none" | null> {
  try {
    if ((await stat(path.join(top, ".git")).catch(() => null)) === null) return "none";
    return { top, at: await snapshot(await gitIn({ env, cwd: top })) };
  } catch (error) {
    // A folder of that name alone makes no repository.
    return error instanceof GitError && NO_REPOSITORY.test(error.stderr) ? "none" : null;
  }
}

async function lastLook(
  env: Variables,
  { top, at: before }: FirstLook,
  { cwd, claims }: { readonly cwd: string; readonly claims: readonly FileChange[] },
): Promise<readonly FileChange[]> {
  // Anew: the agent may have had a hand in what the repository names.
  const git = await gitIn({ env, cwd: top });
  const after = await snapshot(git);
  const isMoved = before.head !== after.head && before.head !== null && after.head !== null;
  const committed = isMoved ? await changesBetween(git, {}, [before.head, after.head]) : [];
  const found = foundFrom(cwd, git.cwd, changesOf(before, after, committed));
  const known = new Set(found.map(({ path }) => path));
  const others = (await possible(cwd, claims)).filter(({ path }) => !known.has(path));
  return [...found, ...(others.length === 0 ? [] : await beyondGit(git, cwd, others))];
}
