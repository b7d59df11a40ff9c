import type { Argument, Command, Option } from "commander";

/** What may stand in a place of the command line, and what it is. */
export interface Choice {
  readonly word: string;
  readonly about: string;
}

/** What Baton keeps and only the hub knows. */
export type IdKind = "task" | "session" | "request";

interface Choices {
  readonly choices: readonly Choice[];
  /** Whose ids fit besides; null for none. */
  readonly ids: IdKind | null;
}

const NONE: Choices = { choices: [], ids: null };

/** The names that options and arguments have in the usage line, where they stand for something that is kept. */
const KEPT: Readonly<Record<string, IdKind>> = {
  task: "task",
  session: "session",
  "name|id": "session",
  request: "request",
};

/** What fits in place of the last word, by the command line's own tree of commands; the words follow `baton`. */
export function choicesFor(program: Command, words: readonly string[]): Choices {
  const place = { command: program, arguments: 0, value: null as Option | null, isBare: false };
  for (const word of words.slice(0, -1)) step(place, word);
  if (place.value !== null) return valuesOf(program, nameIn(place.value), place.value.argChoices);
  if (!place.isBare && words.at(-1)?.startsWith("-") === true) return optionsOf(place.command);
  if (place.command.commands.length > 0) return commandsOf(place.command);
  const argument = argumentAt(place.command, place.arguments);
  if (argument === undefined) return NONE;
  if (argument.name() === "agents") return severalOf(agentsIn(agentArgument(program)), words.at(-1) ?? "");
  if (argument.name() === "steps") return stepsFrom(agentsIn(agentArgument(program)));
  return valuesOf(program, argument.name(), argument.argChoices, argument);
}

interface Place {
  command: Command;
  arguments: number;
  /** The option whose value comes next. */
  value: Option | null;
  /** Behind `--`, where nothing is an option. */
  isBare: boolean;
}

function step(place: Place, word: string): void {
  if (place.value !== null) {
    place.value = null;
  } else if (place.isBare || !word.startsWith("-")) {
    const inner = place.command.commands.find((command) => command.name() === word);
    if (inner === undefined) place.arguments += 1;
    else place.command = inner;
  } else if (word === "--") {
    place.isBare = true;
  } else {
    const option = place.command.options.find(({ short, long }) => word === short || word === long);
    place.value = option?.required === true ? option : null;
  }
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[index] ?? (last?.variadic === true ? last : undefined);
}

function valuesOf(
  program: Command,
  name: string,
  given: readonly string[] | undefined,
  argument?: Argument,
): Choices {
  if (given !== undefined) return { choices: given.map((word) => ({ word, about: "" })), ids: null };
  if (name === "agent") return { choices: agentsFor(program, argument), ids: null };
  return { choices: [], ids: KEPT[name] ?? null };
}

/** Those that an argument names itself, else those that can be asked. */
function agentsFor(program: Command, argument: Argument | undefined): readonly Choice[] {
  const own = agentsIn(argument);
  return own.length > 0 ? own : agentsIn(agentArgument(program));
}

/** The agents as the help names them ("claude, codex, gemini, or …"), so that help and completion cannot differ. */
function agentsIn(argument: Argument | undefined): readonly Choice[] {
  const names = argument?.description.split(/,\s*|\s+or\s+/) ?? [];
  return names.filter((name) => /^[\w-]+$/.test(name)).map((word) => ({ word, about: "" }));
}

/** Names with commas between them: each that is not there yet may come next. */
function severalOf(agents: readonly Choice[], typed: string): Choices {
  const before = typed.split(",").slice(0, -1);
  const next = agents.filter(({ word }) => !before.includes(word));
  return {
    choices: next.map(({ word, about }) => ({ word: [...before, word].join(","), about })),
    ids: null,
  };
}

/** The steps that have a meaning of their own, each with every agent. */
function stepsFrom(agents: readonly Choice[]): Choices {
  const steps = ["plan", "execute", "review"].flatMap((name) =>
    agents.map(({ word }) => ({ word: `${name}:${word}`, about: "" })),
  );
  return { choices: steps, ids: null };
}

function agentArgument(program: Command): Argument | undefined {
  return program.commands
    .flatMap((command) => command.registeredArguments)
    .find((argument) => argument.name() === "agent");
}

function nameIn(option: Option): string {
  return /<([^>[]+)/.exec(option.flags)?.[1] ?? "";
}

function optionsOf(command: Command): Choices {
  const options = command.createHelp().visibleOptions(command);
  const choices = options.map(({ long, short, description }) => ({
    word: long ?? short ?? "",
    about: description,
  }));
  return { choices, ids: null };
}

function commandsOf(command: Command): Choices {
  const commands = command.createHelp().visibleCommands(command);
  return {
    choices: commands.map((inner) => ({ word: inner.name(), about: inner.description() })),
    ids: null,
  };
}
