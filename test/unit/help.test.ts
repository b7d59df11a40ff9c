import type { Command } from "commander";
import { describe, expect, it } from "vitest";

import { createProgram } from "../../src/cli/program.ts";

/** The program with what its commands would write and do taken off: it tells which command an input is for. */
function program(): { readonly root: Command; readonly ran: string[] } {
  const ran: string[] = [];
  const nothing = async () => undefined;
  const root = createProgram({ asClient: nothing, alone: nothing });
  root.hook("preAction", (_, action) => void ran.push(nameOf(action)));
  for (const command of [root, ...below(root)]) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  return { root, ran };
}

function below(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...below(child)]);
}

/** Those that somebody can see, and that do something themselves. */
function visible(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.flatMap((child) => (child.commands.length > 0 ? visible(child) : [child]));
}

function nameOf(command: Command): string {
  return command.parent === null ? "" : `${nameOf(command.parent)} ${command.name()}`.trim();
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

/** The examples of a help text: each stands on a line of its own after a `$`. */
function examplesIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = ""]) => line);
}

/** The words of the part of a line that calls Baton, as a shell would give them; null when it calls something else. */
function wordsIn(line: string): readonly string[] | null {
  const call = /(?:^|\| )baton ((?:"[^"]*"|[^"|])*)$/.exec(line)?.[1];
  if (call === undefined) return null;
  return [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

const names = visible(program().root)
  .map(nameOf)
  // The help command is commander's own.
  .filter((name) => name !== "");

describe("the help", () => {
  it("knows of commands", () => {
    expect(names).toEqual(expect.arrayContaining(["ask", "hub status", "approve"]));
  });

  it.for(names)(
    "of `baton %s` has an example of it, and each of its examples is understood",
    async (name) => {
      const command = below(program().root).find((one) => nameOf(one) === name);
      const examples = command === undefined ? [] : examplesIn(helpOf(command));
      const understood = new Set<string>();
      for (const example of examples) {
        const words = wordsIn(example);
        if (words === null) continue;
        const { root, ran } = program();
        await root.parseAsync(words, { from: "user" });
        expect([example, ran]).toEqual([example, [expect.any(String)]]);
        understood.add(ran[0] ?? "");
      }
      expect([...understood]).toContain(name);
    },
  );

  it("of the program itself has examples that are understood", async () => {
    const examples = examplesIn(helpOf(program().root));
    expect(examples.length).toBeGreaterThan(5);
    for (const example of examples) {
      const words = wordsIn(example);
      expect([example, words]).toEqual([example, expect.any(Array)]);
      await program().root.parseAsync(words ?? [], { from: "user" });
    }
  });

  it("is plain text", () => {
    const { root } = program();
    for (const command of [root, ...below(root)]) expect(helpOf(command)).not.toContain("\u001b");
  });
});
