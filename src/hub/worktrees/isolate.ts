import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import type { StartTask } from "../../contracts/rpc.ts";
import { isWithin } from "../../core/approval-rules.ts";
import { titleOf } from "../../core/text.ts";
import type { Places } from "../../process/places.ts";
import type { Store } from "../../store/store.ts";
import type { NewWorktree, StoredWorktree } from "../../store/worktrees.ts";
import { realDirectory } from "../scope.ts";
import type { ChosenSession } from "../session-choice.ts";
import type { HubState } from "../state.ts";
import { originOf } from "./counted.ts";
import { isFolder } from "./life.ts";
import { planWorktree } from "./plan.ts";

/** Where a task works, once its isolation is settled. */
export interface Isolated {
  readonly chosen: ChosenSession;
  /** The worktree that it works in; null in the directory itself. */
  readonly worktree: IsolatedIn | null;
}

export interface IsolatedIn {
  readonly id: string;
  readonly path: string;
  /** What is to be made; null for one that is there. */
  readonly planned: NewWorktree | null;
}

export interface IsolationRequest {
  readonly store: Store;
  readonly places: Places;
  readonly request: StartTask;
  readonly chosen: ChosenSession;
  readonly at: string;
}

/**
 * Gives a task the worktree that it asks for, or that its session has had: a session that began in one stays in one,
 * always at the same path.
 * @throws BatonError `invalid_argument`, `conflict`
 */
export async function isolate({ store, places, request, chosen, at }: IsolationRequest): Promise<Isolated> {
  const { session, isNew } = chosen;
  const last = store.worktrees.lastOf(session.id);
  if (last === null && request.isolation.kind === "shared") return { chosen, worktree: null };
  if (last === null && (!isNew || session.native_id !== null)) throw notItsOwn(session.id);
  if (last !== null && (await isUsable(last))) {
    const { id, path: top } = last;
    return { chosen, worktree: { id, path: top, planned: null } };
  }
  return planned({ store, places, request, chosen, at }, last);
}

async function planned(
  { places, request, chosen, at }: IsolationRequest,
  last: StoredWorktree | null,
): Promise<Isolated> {
  const { session, isNew, cwd } = chosen;
  const { isolation, caller } = request;
  const directory = await realDirectory(last === null ? cwd : originOf(last, cwd));
  const { worktree, cwd: own } = await planWorktree(places, {
    env: caller.env,
    directory,
    title: titleOf(request.prompt),
    uncommitted: isolation.kind === "shared" ? "left" : isolation.uncommitted,
    session: session.id,
    path: last?.path ?? null,
    at,
  });
  const moved = { ...chosen, session: isNew ? { ...session, cwd: own } : session, cwd: own };
  return { chosen: moved, worktree: { id: worktree.id, path: worktree.path, planned: worktree } };
}

/**
 * Where a further task of a session with a worktree works: where the session does, or at the place in the worktree that
 * stands for the directory that was asked for.
 * @throws BatonError `invalid_argument` for a directory that the worktree has no place for
 */
export async function placeIn(last: StoredWorktree, asked: string | null, own: string): Promise<string> {
  if (asked === null) return own;
  const directory = await realDirectory(asked);
  if (isWithin(directory, last.path)) return directory;
  if (isWithin(directory, last.repository)) {
    return path.join(last.path, path.relative(last.repository, directory));
  }
  throw new BatonError("invalid_argument", `this session works in a worktree of ${last.repository}`, {
    hint: "Leave the directory out, name one in that repository, or begin a new session.",
  });
}

/** One that was removed by hand is not: its work is lost, and another one can be made. */
async function isUsable({ state, path: top, ended_at }: StoredWorktree): Promise<boolean> {
  return ended_at === null && (state === "planned" || (await isFolder(top)));
}

function notItsOwn(session: string): BatonError {
  return new BatonError(
    "invalid_argument",
    `the session ${session} works in the directory itself, and a worktree begins with a session of its own`,
    { hint: "Leave the session out, or give its name to a new one with --reset." },
  );
}

/** The directory that a task in this session is about: of a worktree the place in its repository. */
export function standingOf(store: Store, { session, isNew, cwd }: ChosenSession): string {
  const last = isNew ? null : store.worktrees.lastOf(session.id);
  return last === null ? cwd : originOf(last, cwd);
}

/**
 * Whether it is still there for a task, now that the task is written down.
 * @throws BatonError `session_busy`
 */
export function assertFree(hub: Pick<HubState, "store" | "worktrees">, { id, planned }: IsolatedIn): void {
  if (planned !== null) return;
  if (hub.worktrees.isFree(id) && hub.store.worktrees.byId(id)?.ended_at === null) return;
  throw new BatonError("session_busy", "the worktree of this session is being applied or removed", {
    hint: "Try again in a moment; another one is made then.",
  });
}
