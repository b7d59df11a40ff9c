import { observer } from "../../client/caller.ts";
import type { Worktree } from "../../contracts/worktree.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { note, print, printJson } from "../output.ts";

interface Json {
  readonly json?: true;
}

export interface DiffOptions extends Json {
  readonly stat?: true;
}

/** `baton diff`: what was done in the worktree of a task. */
export async function diffTask(context: CommandContext, task: string, options: DiffOptions): Promise<number> {
  const form = options.stat === true ? "stat" : "patch";
  const work = await context.client.call("worktree.diff", { caller: callerIn(context), task, form });
  if (options.json === true) printJson(work);
  else if (work.changes.length === 0) note(`Nothing differs on ${work.branch}.`);
  // A patch is for programs too: on a terminal alone it is made harmless.
  else process.stdout.write(process.stdout.isTTY ? withoutControls(work.patch) : work.patch);
  return EXIT.ok;
}

/** `baton apply`: brings it into the directory that the work was asked for in. */
export async function applyTask(context: CommandContext, task: string, options: Json): Promise<number> {
  const applied = await context.client.call("worktree.apply", { caller: callerIn(context), task });
  if (options.json === true) {
    printJson(applied);
    return EXIT.ok;
  }
  for (const { kind, path } of applied.changes) print(withoutControls(`${kind.padEnd(6)} ${path}`));
  const count = applied.changes.length;
  const what =
    count === 0 ? "Nothing was left to apply" : `Applied ${count} ${count === 1 ? "file" : "files"}`;
  note(withoutControls(`${what} to ${applied.repository}; the worktree and its branch are removed.`));
  return EXIT.ok;
}

/** `baton discard`: removes the worktree with what was done in it. */
export async function discardTask(context: CommandContext, task: string, options: Json): Promise<number> {
  const gone = await context.client.call("worktree.discard", { caller: callerIn(context), task });
  if (options.json === true) printJson(gone);
  else note(withoutControls(`Removed the worktree on ${gone.branch} and what was in it.`));
  return EXIT.ok;
}

/** What a list says of a task, or a session, whose work nobody has taken yet; null when there is nothing to say. */
export async function unapplied(
  { client }: Pick<CommandContext, "client">,
  by: "task" | "session",
): Promise<(id: string) => string | null> {
  const { items } = await client.call("worktree.list", {});
  const notes = new Map(items.map((worktree) => [worktree[by], remarkOf(worktree)]));
  return (id) => notes.get(id) ?? null;
}

function remarkOf({ files }: Worktree): string | null {
  if (files === 0) return null;
  return files === null ? "worktree" : `${files} ${files === 1 ? "file" : "files"} to apply`;
}

function callerIn({ env, cwd, config }: CommandContext) {
  return observer(env, { cwd, config });
}
