import { observer } from "../../client/caller.ts";
import type { Session } from "../../contracts/session.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { ago, note, printJson, printTable, styled } from "../output.ts";
import { rootOf } from "../root.ts";

export interface SessionsOptions {
  readonly agent?: string;
  readonly query?: string;
  readonly live?: true;
  readonly limit: number;
  readonly after?: string;
  readonly json?: true;
}

/** `baton sessions`: the conversations, the last used first. */
export async function listSessions(context: CommandContext, options: SessionsOptions): Promise<number> {
  const { client, config, cwd, env } = context;
  const { items, next } = await client.call("session.list", {
    caller: observer(env, { cwd, config, root: rootOf(env), front_end: "command" }),
    scope: "everything",
    agent: options.agent ?? null,
    query: options.query ?? null,
    live: options.live === true,
    limit: options.limit,
    after: options.after ?? null,
  });
  if (options.json === true) {
    printJson({ items, next });
    return EXIT.ok;
  }
  if (items.length === 0) note("No sessions.");
  printTable(items.map(rowOf));
  if (next !== null) note(`More: baton sessions --after ${next}`);
  return EXIT.ok;
}

function rowOf(session: Session): readonly string[] {
  const { id, name, agent, tasks, updated_at, title, live, resume } = session;
  return [
    id,
    agent,
    name ?? "-",
    `${tasks} ${tasks === 1 ? "task" : "tasks"}`,
    ago(updated_at),
    live ? styled("green", "live") : "",
    resume === null ? "" : commandOf(resume),
    title ?? "",
  ];
}

function commandOf({ argv, env }: NonNullable<Session["resume"]>): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...settings, ...argv].map(quoted).join(" ");
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
