import { BatonError } from "../contracts/error.ts";
import type { RpcParams } from "../contracts/rpc.ts";
import type { Session } from "../contracts/session.ts";
import type { ListedSession } from "../store/sessions.ts";
import { forget } from "./retention.ts";
import { realDirectory, scopeOf } from "./scope.ts";
import { checkedName, findSession } from "./session-choice.ts";
import type { HubState } from "./state.ts";
import { viewSession } from "./views.ts";

/**
 * Gives a session a name.
 * @throws BatonError `session_not_found`, `invalid_argument`, `conflict` when another one of its agent and repository has it
 */
export async function renameSession(hub: HubState, params: RpcParams<"session.rename">): Promise<Session> {
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
  return shown(hub, hub.store.sessions.listed(session.id), params);
}

/**
 * Forgets a session with its tasks and events. The conversation itself belongs to the agent and stays there.
 * @throws BatonError `session_not_found`, `invalid_argument`, `session_busy` when a task of it is not final
 */
export async function forgetSession(hub: HubState, params: RpcParams<"session.forget">): Promise<Session> {
  const session = await sessionFor(hub, params);
  assertIdle(hub, session.id);
  await hub.conversations.letGo([session.id]);
  // Something may have been asked while it was being closed.
  assertIdle(hub, session.id);
  const gone = shown(hub, hub.store.sessions.listed(session.id), params);
  const at = new Date().toISOString();
  hub.store.transaction(() => forget(hub.store, session, { reason: "asked", at }));
  return gone;
}

async function sessionFor(hub: HubState, { caller, session, agent }: RpcParams<"session.forget">) {
  const scope = await scopeOf(await realDirectory(caller.cwd));
  const found = findSession(hub.store, session, { agent, scope });
  if (found !== null) return found;
  throw new BatonError("session_not_found", `there is no session ${JSON.stringify(session)} here`, {
    hint: "`baton sessions` lists them; a name holds in the repository in which it was given.",
  });
}

function assertIdle(hub: HubState, session: string): void {
  if (!hub.store.sessions.hasUnfinishedTask(session)) return;
  throw new BatonError("session_busy", `a task of the session ${session} is not final yet`, {
    hint: "Wait for it, or cancel it: `baton tasks --running` lists it.",
  });
}

function shown(hub: HubState, session: ListedSession, { caller }: RpcParams<"session.forget">): Session {
  const live = hub.conversations.isOpen(session.id);
  return viewSession(session, { live, driver: hub.drivers.get(session.agent) ?? null, env: caller.env });
}
