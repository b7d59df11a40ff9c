import { Option, type Command } from "commander";
import { collect, json, type Perform } from "./performers.ts";

const DOCTOR_EXAMPLES = `
Examples:
  $ baton doctor
  $ baton doctor codex --live
  $ baton doctor --fix
  $ baton doctor --json
  $ baton doctor --chart
  $ baton doctor --assume codex=0.98.0

Exit codes: 0 nothing fails · 1 something does · 2 bad arguments · 3 an agent that was named is missing or too old`;

const AGENTS_EXAMPLES = `
Examples:
  $ baton agents
  $ baton agents codex
  $ baton agents --json

Exit codes: 0 · 2 bad arguments · 3 an agent that was named is missing, too old or silent`;

interface Options {
  readonly live?: true;
  readonly fix?: true;
  readonly chart?: true;
  readonly assume: readonly string[];
  readonly json?: true;
}

/** `baton doctor` and `baton agents`. */
export function addDoctor(program: Command, perform: Perform): void {
  const load = () => import("../commands/doctor.ts");
  const hasCommand = (name: string) => program.commands.some((command) => command.name() === name);
  program
    .command("doctor")
    .description("prove that each agent works with Baton, and say what mends what does not")
    .argument("[agent...]", "only these (default: all)")
    .option("--live", "ask each agent something, with your own model: costs a few tokens")
    .option("--fix", "mend what can be mended safely, then look again")
    .option("--chart", "what each range of versions can do, and where the installed ones stand")
    .addOption(
      new Option("--assume <agent=version>", "the chart as if this version were installed")
        .argParser(collect)
        .default([]),
    )
    .addOption(json())
    .addHelpText("after", DOCTOR_EXAMPLES)
    .action((agents: string[], options: Options) =>
      perform(async (context) => (await load()).doctor(context, agents, { ...options, hasCommand })),
    );
  program
    .command("agents")
    .description("list the agents: version, login, models and what they can do, as they say themselves")
    .argument("[agent...]", "only these, with every model and ability (default: all, in a table)")
    .addOption(json())
    .addHelpText("after", AGENTS_EXAMPLES)
    .action((agents: string[], options) =>
      perform(async (context) =>
        (await import("../commands/agents.ts")).listAgents(context, agents, options),
      ),
    );
}
