import { observer } from "../../client/caller.ts";
import type { CommandContext } from "../context.ts";
import type { Choice, IdKind } from "./choices.ts";

/** More than anybody picks from. */
const MOST = 50;

/** The ids that the hub knows, and the names of sessions; nothing when no hub runs, for none is started. */
export async function idsOf(context: CommandContext, kind: IdKind): Promise<readonly Choice[]> {
  return { task: tasks, session: sessions, request: requests }[kind](context);
}

async function tasks({ client }: CommandContext): Promise<readonly Choice[]> {
  const listed = await client.callRunning("task.list", { limit: MOST, after: null, unfinished: false });
  return (listed?.items ?? []).map(({ id, agent, status, title }) => ({
    word: id,
    about: `${agent} ${status} ${title ?? ""}`.trim(),
  }));
}

async function sessions({ client, env, cwd, config }: CommandContext): Promise<readonly Choice[]> {
  const listed = await client.callRunning("session.list", {
    caller: observer(env, { cwd, config }),
    scope: "everything",
    agent: null,
    query: null,
    live: false,
    limit: MOST,
    after: null,
  });
  return (listed?.items ?? []).flatMap(({ id, name, agent, title }) =>
    [name, id].flatMap((word) => (word === null ? [] : [{ word, about: `${agent} ${title ?? ""}`.trim() }])),
  );
}

async function requests({ client }: CommandContext): Promise<readonly Choice[]> {
  const listed = await client.callRunning("request.list", { task: null });
  return (listed?.items ?? []).map(({ id, summary }) => ({ word: id, about: summary }));
}
