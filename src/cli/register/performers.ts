import { InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "../context.ts";

/** A command's work; gives the exit code. */
type Work = (context: CommandContext) => Promise<number>;

/** Run a command's work and keep its exit code; errors are for the caller of the program. */
export interface Performers {
  /** Work that asks the hub. */
  readonly asClient: (work: Work) => Promise<void>;
  /** Work that needs nothing; what it needs of the rest it loads itself. */
  readonly alone: (work: () => Promise<number>) => Promise<void>;
}
export type Perform = Performers["asClient"];

/** The option that every command has which prints something for scripts. */
export function json(): Option {
  return new Option("--json", "one JSON value on stdout");
}

/** A whole number that is not negative. */
export function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("It has to be a whole number.");
}

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** The files that go with a prompt. */
export function attach(): Option {
  return new Option(
    "--attach <file>",
    "give the agent this file, an image as an image (repeatable)",
  ).argParser(collect);
}

/** The end of a command's help: lines as they are typed, and what there is to say besides. */
export function examples(lines: readonly string[], remark = ""): string {
  const typed = lines.map((line) => `  $ ${line}`);
  return ["\nExamples:", ...typed, ...(remark === "" ? [] : [remark])].join("\n");
}
