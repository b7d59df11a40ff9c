import { BatonError } from "../contracts/error.ts";
import type { SessionChoice, StartTask } from "../contracts/rpc.ts";
import type { Environment, EnvironmentNeeds } from "../agents/driver.ts";
import type { Store } from "../store/store.ts";
import type { Asker } from "./viewer.ts";
import type { Places, StoredSession } from "../store/sessions.ts";
import { shortened } from "../core/text.ts";
import { newId } from "./ids.ts";
import { realDirectory, scopeOf } from "./scope.ts";
import { countedAs } from "./worktrees/counted.ts";
import { placeIn } from "./worktrees/isolate.ts";

/** The session that a task goes to; `isNew` when it is still to be stored. */
export interface ChosenSession {
  readonly session: StoredSession;
  readonly isNew: boolean;
  /** The session that loses its name to this one. */
  readonly unnamed: string | null;
  /** Where the task runs. */
  readonly cwd: string;
}

/** What a new session would be like. */
interface Draft {
  readonly agent: string;
  readonly cwd: string;
  readonly scope: string;
  readonly places: Places;
  readonly at: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The agents' other form: what it is, and a long random word, such as `ses_de0a46fa3ffeQA83lALlVlHDUd` of opencode. */
const PREFIXED_ID = /^[a-z]{2,12}_[0-9A-Za-z]{20,64}$/;

/** The agent's own id as it is stored, for what looks like one; null for anything else. */
function nativeIdIn(reference: string): string | null {
  if (UUID.test(reference)) return reference.toLowerCase();
  return PREFIXED_ID.test(reference) && /\d/.test(reference) ? reference : null;
}

/** What a choice depends on besides what was asked. */
export interface Choosing {
  readonly asker: Asker;
  readonly needs: Pick<EnvironmentNeeds, "places">;
  /** The caller's environment with what the config sets for the agent. */
  readonly env: Environment;
  readonly at: string;
}

/**
 * Finds or drafts the session for a request.
 * @throws BatonError `session_not_found`, `invalid_argument`
 */
export async function chooseSession(
  store: Store,
  request: StartTask,
  { asker, needs, env, at }: Choosing,
): Promise<ChosenSession> {
  const cwd = await realDirectory(request.cwd ?? request.caller.cwd);
  const places = placesIn(env, needs);
  const draft: Draft = { agent: request.agent, cwd, scope: await scopeIn(store, cwd), places, at };
  const chosen = choose(store, request.session, draft);
  await assertAllowed(store, chosen, asker, request.caller.cwd);
  const worktree = chosen.isNew ? null : store.worktrees.lastOf(chosen.session.id);
  if (worktree !== null) {
    return { ...chosen, cwd: await placeIn(worktree, request.cwd, chosen.session.cwd) };
  }
  // A session keeps its directory unless another one is asked for.
  if (chosen.isNew || request.cwd !== null) return { ...chosen, cwd };
  return { ...chosen, cwd: await realDirectory(chosen.session.cwd) };
}

/** The variables that say where the agent keeps conversations, as this environment has them. */
export function placesIn(env: Environment, needs: Pick<EnvironmentNeeds, "places">): Places {
  return Object.fromEntries(["HOME", ...needs.places].map((name) => [name, env[name] ?? null]));
}

/** The environment with the session's places in the stead of the caller's. */
export function atPlaces(env: Environment, places: Places): Environment {
  const moved: Record<string, string> = { ...env };
  for (const [name, value] of Object.entries(places)) {
    if (value === null) delete moved[name];
    else moved[name] = value;
  }
  return moved;
}

/** The repository that a directory belongs to; that of a worktree of ours is the one that it is of. */
export async function scopeIn(store: Store, directory: string): Promise<string> {
  return scopeOf(countedAs(store, directory));
}

type Choice = Omit<ChosenSession, "cwd">;

/**
 * The sessions that an asker may see: all for a person, those of its repository for an agent's session, those of its
 * own line for a delegate.
 */
export async function visibleSessions(
  store: Store,
  { viewer }: Asker,
  cwd: string,
): Promise<{ readonly scope: string | null; readonly ids: readonly string[] | null }> {
  switch (viewer.kind) {
    case "person":
      return { scope: null, ids: null };
    case "agent":
      return { scope: await scopeIn(store, await realDirectory(cwd)), ids: null };
    case "delegate":
      return { scope: null, ids: store.lineage.sessionsAround(viewer.task) };
  }
}

interface Sight {
  readonly session: StoredSession;
  readonly asker: Asker;
  readonly cwd: string;
}

/** @throws BatonError `session_not_found` for a session that is not the asker's to see */
export async function assertVisible(store: Store, { session, asker, cwd }: Sight): Promise<void> {
  const { id, name } = session;
  const { scope, ids } = await visibleSessions(store, asker, cwd);
  const isOwn = asker.viewer.kind === "agent" && store.lineage.isOfRoot(id, asker.viewer.root);
  if (isOwn || ((ids === null || ids.includes(id)) && (scope === null || session.scope === scope))) return;
  throw new BatonError("session_not_found", `there is no session ${name ?? id} that this caller can see`, {
    hint: "list_sessions lists those that it can; leave the session out, or choose another name, to begin a new one.",
  });
}

/** What a choice touches has to be the asker's to see; a delegate takes over no conversation that Baton does not know. */
async function assertAllowed(store: Store, choice: Choice, asker: Asker, cwd: string): Promise<void> {
  const { session, isNew, unnamed } = choice;
  const renamed = unnamed === null ? [] : [sessionOf(store, unnamed)];
  const isTakenOver = session.native_id !== null && asker.viewer.kind === "delegate";
  const touched = isNew ? [...renamed, ...(isTakenOver ? [session] : [])] : [session];
  for (const one of touched) await assertVisible(store, { session: one, asker, cwd });
}

function choose(store: Store, choice: SessionChoice, draft: Draft): Choice {
  switch (choice.kind) {
    case "new":
      return drafted(draft, { name: null, nativeId: null, unnamed: null });
    case "renew": {
      const name = checkedName(choice.name);
      const before = store.sessions.byName(draft.agent, draft.scope, name);
      return drafted(draft, { name, nativeId: null, unnamed: before?.id ?? null });
    }
    case "latest": {
      const session = store.sessions.latest(draft.agent, draft.cwd);
      if (session !== null) return existing(session);
      throw new BatonError(
        "session_not_found",
        `there is no session with ${draft.agent} in ${draft.cwd} yet`,
        {
          hint: "Ask without --continue to begin one, or see `baton sessions`.",
        },
      );
    }
    case "reference":
      return byReference(store, choice.reference, draft);
  }
}

function byReference(store: Store, reference: string, draft: Draft): Choice {
  const session = findSession(store, reference, draft);
  if (session !== null && session.agent !== draft.agent) {
    throw new BatonError(
      "invalid_argument",
      `session ${reference} is a conversation with ${session.agent}, not with ${draft.agent}`,
      { hint: `Ask ${session.agent}, or leave the session out.` },
    );
  }
  if (session !== null) return existing(session);
  // The agent may know a conversation that we do not: it is taken over, and the agent says if it is not there.
  const nativeId = nativeIdIn(reference);
  if (nativeId !== null) return drafted(draft, { name: null, nativeId, unnamed: null });
  return drafted(draft, { name: checkedName(reference), nativeId: null, unnamed: null });
}

/** Where a reference is looked up; a name of any agent will do when `agent` is null. */
export interface Lookup {
  readonly agent: string | null;
  readonly scope: string;
}

/**
 * The session that our id, the agent's own id or a name stands for; null when there is none. One of ours is given
 * whatever agent it is with.
 * @throws BatonError `session_not_found` for one of our ids that is not there (any more), `invalid_argument` for what
 * cannot be a name, or is one of several sessions
 */
export function findSession(store: Store, reference: string, { agent, scope }: Lookup): StoredSession | null {
  if (reference.startsWith("s_")) return sessionOf(store, reference);
  const nativeId = nativeIdIn(reference);
  if (nativeId !== null) return store.sessions.byNativeId(agent, nativeId);
  return byName(store, reference, { agent, scope }) ?? store.sessions.byNativeId(agent, reference);
}

function byName(store: Store, reference: string, { agent, scope }: Lookup): StoredSession | null {
  const name = checkedName(reference);
  if (agent !== null) return store.sessions.byName(agent, scope, name);
  const [first = null, second] = store.sessions.byNameOfAny(scope, name);
  if (second === undefined) return first;
  throw new BatonError("invalid_argument", `several agents have a session ${JSON.stringify(name)} here`, {
    hint: "Say which one with --agent, or give the session's id.",
  });
}

const GONE = {
  expired: "has expired: it had not been used for longer than [sessions] ttl",
  crowded_out: "has expired: more than [sessions] max were used since",
  asked: "was forgotten",
} as const;

/** @throws BatonError `session_not_found`, with what became of it */
export function sessionOf(store: Store, id: string): StoredSession {
  const session = store.sessions.byId(id);
  if (session !== null) return session;
  const gone = store.forgotten.byId(id);
  if (gone === null) {
    throw new BatonError("session_not_found", `there is no session ${shortened(id, 60)}`, {
      hint: "`baton sessions` lists them.",
    });
  }
  const { agent, native_id, reason } = gone;
  throw new BatonError("session_not_found", `the session ${id} ${GONE[reason]}`, {
    hint:
      native_id === null
        ? "Begin a new one."
        : `${agent} may still have the conversation: \`baton ask ${agent} --session ${native_id}\` goes on in it.`,
  });
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._/@#+-]{0,99}$/u;

/** What ids look like, ours and the agents': a name must not be taken for one. */
const ID = /^[str]_/;

/**
 * The name as it is stored: composed, so that it is the same from every keyboard and file system.
 * @throws BatonError `invalid_argument`
 */
export function checkedName(text: string): string {
  const name = text.normalize("NFC");
  if (NAME.test(name) && !ID.test(name) && nativeIdIn(name) === null) return name;
  throw new BatonError("invalid_argument", `${JSON.stringify(shortened(text, 60))} cannot name a session`, {
    hint: "A name begins with a letter or digit, has at most 100 letters, digits, spaces or ._/@#+-, and does not look like an id.",
  });
}

function existing(session: StoredSession): Choice {
  return { session, isNew: false, unnamed: null };
}

function drafted(
  draft: Draft,
  made: { readonly name: string | null; readonly nativeId: string | null; readonly unnamed: string | null },
): Choice {
  const { agent, cwd, scope, places, at } = draft;
  const session: StoredSession = {
    id: newId("s"),
    name: made.name,
    agent,
    native_id: made.nativeId,
    cwd,
    scope,
    title: null,
    places,
    created_at: at,
    updated_at: at,
  };
  return { session, isNew: true, unnamed: made.unnamed };
}
