import { Option, type Command } from "commander";
import { collect, examples, json, type Performers } from "./performers.ts";

const EXAMPLES = examples([
  "baton setup",
  "baton setup codex --yes",
  "baton setup --dry-run",
  "baton setup --scope project",
  "baton setup --instructions",
  "baton setup --undo",
]);

/** `baton setup`. */
export function addSetup(program: Command, { alone }: Performers): void {
  program
    .command("setup")
    .description(
      "register Baton with Claude Code, Codex, Gemini CLI and opencode, as far as they are installed",
    )
    .argument("[agent...]", "claude, codex, gemini, opencode (default: all that are found)")
    .option("--dry-run", "print what would change, as a diff, and change nothing")
    .option(
      "--undo",
      "restore the files as they were; where one has changed since, take out only Baton's part",
    )
    .addOption(
      new Option(
        "--scope <scope>",
        "user: in all your directories; project: in this repository, for everybody",
      )
        .choices(["user", "project"])
        .default("user"),
    )
    .option("--yes", "agree to what is asked for otherwise: that agents call Baton without asking each time")
    .option("--instructions", "write a few lines on when to use it into the agents' instruction files")
    .option(
      "--claude-file-tools <agent>",
      "give an agent Claude Code's file and shell tools, which check NO permissions (repeatable)",
      collect,
    )
    .addOption(json())
    .addHelpText("after", EXAMPLES)
    .action((agents: string[], options) =>
      alone(async () => (await import("../commands/setup.ts")).setup(agents, options)),
    );
}
