import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { choicesFor, type Choice } from "../completion/choices.ts";
import { idsOf } from "../completion/ids.ts";
import { SCRIPTS } from "../completion/scripts.ts";
import { EXIT } from "../exit.ts";

/** `baton completion`: the script for a shell. */
export async function printScript(shell: string): Promise<number> {
  process.stdout.write(SCRIPTS.get(shell) ?? "");
  return EXIT.ok;
}

/**
 * `baton complete`: what may stand in place of the last word, one a line, with a description after a tab. It starts
 * nothing and says nothing of errors: somebody is typing.
 */
export async function complete(
  context: CommandContext,
  program: Command,
  words: readonly string[],
): Promise<number> {
  const { choices, ids } = choicesFor(program, words);
  const known = ids === null ? [] : await idsOf(context, ids).catch((): readonly Choice[] => []);
  const typed = words.at(-1) ?? "";
  const fitting = [...choices, ...known].filter(({ word }) => word.startsWith(typed));
  process.stdout.write(fitting.map(lineOf).join(""));
  return EXIT.ok;
}

function lineOf({ word, about }: Choice): string {
  return about === "" ? `${word}\n` : `${word}\t${about.replaceAll(/[\t\n]+/g, " ")}\n`;
}
