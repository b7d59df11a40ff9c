import { createInterface } from "node:readline/promises";

import { lookAround } from "../../client/origin.ts";
import { BatonError } from "../../contracts/error.ts";
import { withoutControls } from "../../core/text.ts";
import { configOf, homeOf } from "../../process/places.ts";
import type { Item, Status } from "../../setup/change-file.ts";
import type { Scope } from "../../setup/registrar.ts";
import { chosen, REGISTRARS, setUp, type Ask } from "../../setup/setup.ts";
import { undo } from "../../setup/undo.ts";
import { EXIT } from "../exit.ts";
import { note, print, printJson, printTable, styled } from "../output.ts";
import { thisProgram } from "../this-program.ts";

export interface SetupCommandOptions {
  readonly dryRun?: true;
  readonly undo?: true;
  readonly scope: Scope;
  readonly yes?: true;
  readonly instructions?: true;
  readonly claudeFileTools?: readonly string[];
  readonly json?: true;
}

/** `baton setup`: tells the agents of Baton, or takes that back. */
export async function setup(agents: readonly string[], options: SetupCommandOptions): Promise<number> {
  const fileTools = options.claudeFileTools ?? [];
  const mode = options.dryRun === true ? "dry run" : "apply";
  const { env } = process;
  chosen({ agents, fileTools });
  if (options.yes === true || fileTools.length > 0) await assertPerson(env);
  const items =
    options.undo === true
      ? await undo({ home: homeOf(env), agents, mode })
      : await setUp({
          agents,
          scope: options.scope,
          mode,
          consent: options.yes === true ? "given" : "not given",
          instructions: options.instructions === true ? "wanted" : "if agreed to",
          fileTools,
          ask: askOn(options),
          env,
          cwd: process.cwd(),
          script: thisProgram().script,
        });
  if (options.json === true) printJson({ items, next: null });
  else show(items, options);
  return exitCode(items, agents);
}

/** An agent must not consent to what only its person may: to be called without asking, or tools without checks. */
async function assertPerson(env: NodeJS.ProcessEnv): Promise<void> {
  const { inside, marks, bridge_depth } = await lookAround(env, "command", configOf(env));
  if (inside === null && marks.length === 0 && bridge_depth === 0) return;
  throw new BatonError("access_denied", "only a person agrees to this, and this shell is inside an agent", {
    hint: "Run it in a terminal that is not inside an agent; without --yes it does what needs no consent.",
  });
}

const NOT_INSTALLED = 3;

function exitCode(items: readonly Item[], agents: readonly string[]): number {
  if (items.some(({ status }) => status === "failed")) return EXIT.failed;
  const missing = items.filter(({ status }) => status === "not_found");
  const isMissed = missing.some(({ agent }) => agents.includes(agent));
  return isMissed || (missing.length > 0 && missing.length === items.length) ? NOT_INSTALLED : EXIT.ok;
}

/** A question on the terminal; without one nothing is asked. */
function askOn({ json, dryRun, yes }: SetupCommandOptions): Ask {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (!isTerminal || json === true || dryRun === true || yes === true) return null;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
    } finally {
      terminal.close();
    }
  };
}

const WORDS: Readonly<Record<Status, string>> = {
  registered: "registered",
  unchanged: "unchanged",
  removed: "removed",
  not_found: "not found",
  failed: "failed",
};
const STYLES = {
  registered: "green",
  unchanged: "dim",
  removed: "green",
  not_found: "dim",
  failed: "red",
} as const;

function show(items: readonly Item[], options: SetupCommandOptions): void {
  if (items.length === 0) {
    note("There is nothing of `baton setup` to take back.");
    return;
  }
  const rows = items.map(({ agent, status, file, message }) => [
    agent,
    styled(
      STYLES[status],
      options.dryRun === true && status !== "failed" ? `(${WORDS[status]})` : WORDS[status],
    ),
    withoutControls(file === null ? message : `${file}: ${message}`),
  ]);
  printTable(rows, Infinity);
  for (const { agent, fix } of items) if (fix !== null) note(`${agent}: ${withoutControls(fix)}`);
  for (const { diff } of items) if (diff !== null) print(`\n${diff.trimEnd()}`);
  const next = nextStep(items, options);
  if (next !== null) print(`\n${next}`);
}

function nextStep(items: readonly Item[], options: SetupCommandOptions): string | null {
  if (options.dryRun === true) return "Nothing was changed.";
  const done = items.filter(({ status }) => status === "registered" || status === "unchanged");
  if (options.undo === true || done.length === 0) return null;
  const titles = REGISTRARS.filter(({ agent }) => done.some((item) => item.agent === agent));
  if (done.every(({ status }) => status === "unchanged")) return "Nothing had to be changed.";
  const names = titles.map(({ title }) => title).join(" and ");
  return `Start ${names} anew, then say: "get a second opinion on this from another agent".
\`baton setup --undo\` takes it back.`;
}
