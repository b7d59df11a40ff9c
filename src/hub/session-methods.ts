import { DEFAULT_CONFIG, type Config } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import type { Caller, RpcParams, RpcResult } from "../contracts/rpc.ts";
import type { Session } from "../contracts/session.ts";
import type { ListedSession } from "../store/sessions.ts";
import { forget } from "./retention.ts";
import { realDirectory } from "./scope.ts";
import type { RequestContext } from "./request-context.ts";
import { nextOf } from "./paging.ts";
import { maySee } from "../core/visibility.ts";
import { assertVisible, checkedName, findSession, scopeIn, visibleSessions } from "./session-choice.ts";
import type { HubState } from "./state.ts";
import { standingOf, type Asker } from "./viewer.ts";
import { shownTask } from "./shown-task.ts";
import { viewSession } from "./views.ts";
import { gitEnvironment } from "./worktree-methods.ts";
import type { Variables } from "./worktrees/checkout.ts";

/** The conversations that the asker may see. */
export async function listSessions(
  hub: HubState,
  params: RpcParams<"session.list">,
  { asker }: Pick<RequestContext, "asker">,
): Promise<RpcResult<"session.list">> {
  const { caller, agent, query, after, limit, live } = params;
  const cwd = asker.task?.cwd ?? caller.cwd;
  const visible = await visibleSessions(hub.store, asker, cwd);
  const scope =
    params.scope === "everything" ? visible.scope : await scopeIn(hub.store, await realDirectory(cwd));
  const open = live ? hub.conversations.open() : null;
  const ids = open?.filter((id) => visible.ids?.includes(id) ?? true) ?? visible.ids;
  const sessions = hub.store.sessions.list({ agent, query, scope, ids, after, limit });
  // Whoever looks may open one of them next, in the agent's own CLI.
  const config = await configOf(hub, caller);
  if (asker.viewer.kind === "person") await hub.conversations.letGo(exclusive(hub, sessions, config));
  const show = showing(hub, caller, config);
  return { items: sessions.map(show), next: nextOf(sessions, limit) };
}

/** How the last task of a session was asked for, so that another one can be asked for likewise. */
export async function lastInSession(
  hub: HubState,
  { caller, session: reference, agent }: RpcParams<"session.last">,
  { asker }: Pick<RequestContext, "asker">,
): Promise<RpcResult<"session.last">> {
  const scope = await scopeIn(hub.store, await realDirectory(asker.task?.cwd ?? caller.cwd));
  const session = findSession(hub.store, reference, { agent, scope });
  const last = session === null ? null : hub.store.tasks.lastIn(session.id);
  if (session === null || last === null) return { last: null };
  await assertVisible(hub.store, { session, asker, cwd: caller.cwd });
  const { access, model, effort } = last;
  const isVisible = maySee(asker.viewer, standingOf(hub, last));
  return {
    last: { session: session.id, task: isVisible ? shownTask(hub, last) : null, access, model, effort },
  };
}

function exclusive(
  { drivers }: HubState,
  sessions: readonly ListedSession[],
  config: Config,
): readonly string[] {
  return sessions.filter(({ agent }) => drivers.get(agent, config)?.isExclusive === true).map(({ id }) => id);
}

/** A config that cannot be used hides no session. */
async function configOf(hub: HubState, { config }: Caller): Promise<Config> {
  return hub.readConfig(config).catch(() => DEFAULT_CONFIG);
}

/**
 * Gives a session a name.
 * @throws BatonError `session_not_found`, `invalid_argument`, `conflict` when another one of its agent and repository has it
 */
export async function renameSession(
  hub: HubState,
  params: RpcParams<"session.rename">,
  { asker }: Pick<RequestContext, "asker">,
): Promise<Session> {
  assertPerson(asker);
  const session = await sessionFor(hub, params);
  const name = checkedName(params.name);
  const holder = hub.store.sessions.byName(session.agent, session.scope, name);
  if (holder !== null && holder.id !== session.id) {
    throw new BatonError(
      "conflict",
      `the session ${holder.id} has the name ${JSON.stringify(name)} already`,
      {
        hint: `Choose another name, or rename that one first: \`baton rename ${holder.id} NAME\`.`,
      },
    );
  }
  hub.store.sessions.setName(session.id, name);
  return showing(
    hub,
    params.caller,
    await configOf(hub, params.caller),
  )(hub.store.sessions.listed(session.id));
}

/**
 * Forgets a session with its tasks and events. The conversation itself belongs to the agent and stays there.
 * @throws BatonError `session_not_found`, `invalid_argument`, `session_busy` when a task of it is not final, `conflict`
 * when its worktree holds work
 */
export async function forgetSession(
  hub: HubState,
  params: RpcParams<"session.forget">,
  { asker }: Pick<RequestContext, "asker">,
): Promise<Session> {
  assertPerson(asker);
  const session = await sessionFor(hub, params);
  assertIdle(hub, session.id);
  await removeWorktreeOf(hub, session.id, gitEnvironment(params.caller));
  await hub.conversations.letGo([session.id]);
  hub.credentials.revoke(session.id);
  const show = showing(hub, params.caller, await configOf(hub, params.caller));
  // Something may have been asked while it was being closed.
  assertIdle(hub, session.id);
  const gone = show(hub.store.sessions.listed(session.id));
  const at = new Date().toISOString();
  hub.store.transaction(() => forget(hub.store, session, { reason: "asked", at }));
  return gone;
}

/**
 * Removes the worktree of a session that is to be forgotten, unless something is in it that nobody has taken.
 * @throws BatonError `conflict`
 */
async function removeWorktreeOf(hub: HubState, session: string, env: Variables): Promise<void> {
  const worktree = hub.store.worktrees.lastOf(session);
  if (worktree === null || worktree.ended_at !== null || (await hub.worktrees.clean(env, worktree))) return;
  const task = hub.store.worktrees.lastTask(worktree.id) ?? "t_…";
  throw new BatonError("conflict", `the worktree on ${worktree.branch} holds work that was not applied`, {
    hint: `Apply it or throw it away first: \`baton apply ${task}\`, \`baton discard ${task}\`.`,
  });
}

async function sessionFor(hub: HubState, { caller, session, agent }: RpcParams<"session.forget">) {
  const scope = await scopeIn(hub.store, await realDirectory(caller.cwd));
  const found = findSession(hub.store, session, { agent, scope });
  if (found !== null) return found;
  throw new BatonError("session_not_found", `there is no session ${JSON.stringify(session)} here`, {
    hint: "`baton sessions` lists them; a name holds in the repository in which it was given.",
  });
}

function assertPerson({ viewer }: Asker): void {
  if (viewer.kind === "person") return;
  throw new BatonError("access_denied", "only a person renames and forgets conversations", {
    hint: "Use a terminal that is not inside an agent.",
  });
}

function assertIdle(hub: HubState, session: string): void {
  if (!hub.store.sessions.hasUnfinishedTask(session)) return;
  throw new BatonError("session_busy", `a task of the session ${session} is not final yet`, {
    hint: "Wait for it, or cancel it: `baton tasks --running` lists it.",
  });
}

function showing({ conversations, drivers }: HubState, { env }: Caller, config: Config) {
  return (session: ListedSession): Session => {
    const driver = drivers.get(session.agent, config) ?? null;
    return viewSession(session, { live: conversations.isOpen(session.id), driver, env });
  };
}
