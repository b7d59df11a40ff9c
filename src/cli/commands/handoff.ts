import path from "node:path";
import { callerFor } from "../../client/caller.ts";
import { BatonError } from "../../contracts/error.ts";
import type { Handoff, HandoffFiles, HandoffMode } from "../../contracts/handoff.ts";
import type { StartTask } from "../../contracts/rpc.ts";
import type { Access } from "../../contracts/task.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { note, print, printJson } from "../output.ts";
import { askOne, gatherPrompt, type AskOptions } from "./ask.ts";

export interface HandoffOptions extends Omit<AskOptions, "session" | "continue" | "reset"> {
  readonly from: string;
  readonly to: string;
  readonly mode?: HandoffMode;
  readonly budget?: number;
  readonly byAgent?: true;
  readonly access: Access;
}

/** `baton handoff`: makes a conversation of another agent's out of one, and goes on in it where there is a prompt. */
export async function handOff(
  context: CommandContext,
  words: string | undefined,
  options: HandoffOptions,
): Promise<number> {
  // The prompt is read first: nothing is to be left behind for one that cannot be used.
  const prompt = await gatherPrompt(words, options);
  const { to: agent, access } = options;
  if (prompt === "" && (words !== undefined || options.file !== undefined)) {
    throw new BatonError("invalid_argument", "the prompt is empty", {
      hint: "Leave it out to only prepare the handoff.",
    });
  }
  const handoff = await prepare(context, options, prompt === "" ? null : access);
  if (prompt === "") {
    if (options.json === true) printJson(handoff);
    else reportPrepared(handoff);
    return EXIT.ok;
  }
  if (options.json !== true) noteAccount(handoff);
  const work = { agent, access, isolation: { kind: "shared" }, prompt, ...filesOf(handoff.files) } as const;
  return askOne(context, work, { ...options, session: handoff.session });
}

/** What a task has to go by and to leave behind where work is handed on by files. */
function filesOf(files: HandoffFiles | null): Pick<StartTask, "reads" | "writes"> {
  if (files === null) return { reads: [], writes: null };
  return {
    reads: [files.reads],
    writes: { path: files.writes, sections: null, by: "agent", since: null },
  };
}

async function prepare(
  context: CommandContext,
  options: HandoffOptions,
  access: Access | null,
): Promise<Handoff> {
  const { config, env, cwd } = context;
  return context.client.call("handoff.prepare", {
    caller: await callerFor(env, { cwd, config }),
    from: sourceIn(options.from),
    to: options.to,
    mode: options.mode ?? null,
    budget: options.budget ?? null,
    summary_by: options.byAgent === true ? "agent" : "baton",
    fields: null,
    access,
    cwd: options.cwd === undefined ? null : path.resolve(cwd, options.cwd),
  });
}

/** @throws BatonError `invalid_argument` */
export function sourceIn(text: string): { readonly agent: string; readonly session: string | null } {
  const [, agent, session = "latest"] = /^([^:]+)(?::(.+))?$/.exec(text) ?? [];
  if (agent !== undefined) return { agent, session: session === "latest" ? null : session };
  throw new BatonError("invalid_argument", `--from ${JSON.stringify(text)} names no agent`, {
    hint: "Such as --from claude, --from codex:latest or --from codex:ID.",
  });
}

function reportPrepared(handoff: Handoff): void {
  noteAccount(handoff);
  note("Go on with:");
  print(withoutControls(handoff.command));
}

/** What was carried and what was not, for stderr. */
function noteAccount({ from, agent, carried, turned_to_text, dropped, warnings, session }: Handoff): void {
  note(`baton: ${from.agent} ${from.native_id} -> ${agent} (session ${session})`);
  const counts = Object.entries(carried).filter(([, count]) => count > 0);
  if (counts.length > 0) note(`carried: ${counts.map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
  for (const { what, count, why } of turned_to_text)
    note(withoutControls(`in words: ${count} ${what}: ${why}`));
  for (const { what, count, why } of dropped) note(withoutControls(`left out: ${count} ${what}: ${why}`));
  for (const warning of warnings) note(withoutControls(`warning: ${warning}`));
}
