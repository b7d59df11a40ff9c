import { BatonError } from "../contracts/error.ts";
import type { SessionChoice, StartTask } from "../contracts/rpc.ts";
import type { Environment, EnvironmentNeeds } from "../agents/driver.ts";
import type { Store } from "../store/store.ts";
import type { Places, StoredSession } from "../store/sessions.ts";
import { shortened } from "../core/text.ts";
import { newId } from "./ids.ts";
import { realDirectory, scopeOf } from "./scope.ts";

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

const NATIVE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Finds or drafts the session for a request.
 * @throws BatonError `session_not_found`, `invalid_argument`
 */
export async function chooseSession(
  store: Store,
  request: StartTask,
  needs: EnvironmentNeeds,
  at: string,
): Promise<ChosenSession> {
  const cwd = await realDirectory(request.cwd ?? request.caller.cwd);
  const places = placesIn(request.caller.env, needs);
  const draft: Draft = { agent: request.agent, cwd, scope: await scopeOf(cwd), places, at };
  const chosen = choose(store, request.session, draft);
  // A session keeps its directory unless another one is asked for.
  if (chosen.isNew || request.cwd !== null) return { ...chosen, cwd };
  return { ...chosen, cwd: await realDirectory(chosen.session.cwd) };
}

/** The variables that say where the agent keeps conversations, as this environment has them. */
export function placesIn(env: Environment, needs: EnvironmentNeeds): Places {
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

type Choice = Omit<ChosenSession, "cwd">;

function choose(store: Store, choice: SessionChoice, draft: Draft): Choice {
  switch (choice.kind) {
    case "new":
      return drafted(draft, { name: null, nativeId: null, unnamed: null });
    case "renew": {
      const before = store.sessions.byName(draft.agent, draft.scope, checkedName(choice.name));
      return drafted(draft, { name: choice.name, nativeId: null, unnamed: before?.id ?? null });
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
  if (reference.startsWith("s_")) {
    const session = store.sessions.byId(reference);
    if (session === null) {
      throw new BatonError("session_not_found", `there is no session ${shortened(reference, 60)}`, {
        hint: "`baton sessions` lists them.",
      });
    }
    if (session.agent !== draft.agent) {
      throw new BatonError(
        "invalid_argument",
        `session ${reference} is a conversation with ${session.agent}, not with ${draft.agent}`,
        { hint: `Ask ${session.agent}, or leave the session out.` },
      );
    }
    return existing(session);
  }
  if (NATIVE_ID.test(reference)) {
    const session = store.sessions.byNativeId(draft.agent, reference);
    // The agent may know a conversation that we do not: it is taken over, and the agent says if it is not there.
    return session === null
      ? drafted(draft, { name: null, nativeId: reference, unnamed: null })
      : existing(session);
  }
  const session = store.sessions.byName(draft.agent, draft.scope, checkedName(reference));
  return session === null
    ? drafted(draft, { name: reference, nativeId: null, unnamed: null })
    : existing(session);
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._/@#+-]{0,99}$/u;

/** What our own ids look like: a name must not be taken for one. */
const ID = /^[st]_/;

function checkedName(name: string): string {
  if (NAME.test(name) && !ID.test(name)) return name;
  throw new BatonError("invalid_argument", `${JSON.stringify(shortened(name, 60))} cannot name a session`, {
    hint: "A name begins with a letter or digit and has at most 100 letters, digits, spaces or ._/@#+-.",
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
