import { observer } from "../../client/caller.ts";
import type { Caller } from "../../contracts/rpc.ts";
import type { Session } from "../../contracts/session.ts";
import type { CommandContext } from "../context.ts";
import { unapplied } from "./worktrees.ts";
import { EXIT } from "../exit.ts";
import { ago, note, printJson, printTable, styled } from "../output.ts";

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
  const { items, next } = await context.client.call("session.list", {
    caller: callerIn(context),
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
  const noted = await unapplied(context, "session");
  printTable(items.map((session) => rowOf(session, noted(session.id))));
  if (next !== null) note(`More: baton sessions --after ${next}`);
  return EXIT.ok;
}

export interface OneSessionOptions {
  readonly agent?: string;
  readonly json?: true;
}

/** `baton rename`: gives a conversation a name. */
export async function renameSession(
  context: CommandContext,
  { session, name }: { readonly session: string; readonly name: string },
  options: OneSessionOptions,
): Promise<number> {
  const agent = options.agent ?? null;
  const renamed = await context.client.call("session.rename", {
    caller: callerIn(context),
    session,
    name,
    agent,
  });
  if (options.json === true) printJson(renamed);
  else note(`The session ${renamed.id} with ${renamed.agent} is now named ${renamed.name ?? name}.`);
  return EXIT.ok;
}

/** `baton forget`: removes a conversation and its tasks from what Baton keeps. */
export async function forgetSession(
  context: CommandContext,
  session: string,
  options: OneSessionOptions,
): Promise<number> {
  const agent = options.agent ?? null;
  const gone = await context.client.call("session.forget", { caller: callerIn(context), session, agent });
  if (options.json === true) {
    printJson(gone);
    return EXIT.ok;
  }
  note(`Forgot the session ${gone.id} and its ${gone.tasks} ${gone.tasks === 1 ? "task" : "tasks"}.`);
  if (gone.native_id !== null) note(`${gone.agent} still has its own conversation ${gone.native_id}.`);
  return EXIT.ok;
}

function callerIn({ env, cwd, config }: CommandContext): Caller {
  return observer(env, { cwd, config });
}

function rowOf(session: Session, noted: string | null): readonly string[] {
  const { id, name, agent, tasks, updated_at, title, live, resume } = session;
  return [
    id,
    agent,
    name ?? "-",
    `${tasks} ${tasks === 1 ? "task" : "tasks"}`,
    ago(updated_at),
    live ? styled("green", "live") : "",
    resume === null ? "" : commandOf(resume),
    [noted, title].filter((part) => part !== null).join(" · "),
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
