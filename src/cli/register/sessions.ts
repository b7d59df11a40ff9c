import type { Command } from "commander";
import { count, examples, json, type Perform } from "./performers.ts";

/** The commands about conversations. */
export function addSessions(program: Command, perform: Perform): void {
  const load = () => import("../commands/sessions.ts");
  program
    .command("sessions")
    .description("list conversations, the last used first, with the agent's own command to open them")
    .option("--agent <agent>", "only with this agent")
    .option(
      "--query <text>",
      "only those whose name, title or id (with --native also a prompt) has this text",
    )
    .option("--live", "only those that are open in a process now")
    .option("--native", "every conversation that the agents have on disk, whoever has begun it")
    .option("--cwd <directory>", "with --native: only those begun in this directory or below")
    .option("-n, --limit <count>", "how many", count, 20)
    .option("--after <session>", "go on after this session")
    .addOption(json())
    .addHelpText(
      "after",
      examples([
        "baton sessions",
        "baton sessions --agent codex --query parser",
        "baton sessions --live --json",
        "baton sessions --native --cwd . --query parser",
        "baton sessions --native --agent claude -n 50 --json",
      ]),
    )
    .action((options) => perform(async (context) => (await load()).showSessions(context, options)));
  program
    .command("rename")
    .description("give a conversation a name")
    .argument("<session>", "its name, its id or the agent's own id")
    .argument("<name>")
    .option("--agent <agent>", "which one, where several agents have a session of that name")
    .addOption(json())
    .addHelpText(
      "after",
      examples(["baton rename s_… parser", "baton rename review review-2 --agent claude"]),
    )
    .action((session: string, name: string, options) =>
      perform(async (context) => (await load()).renameSession(context, { session, name }, options)),
    );
  program
    .command("forget")
    .description("forget a conversation and its tasks; the agent keeps its own")
    .argument("<session>", "its name, its id or the agent's own id")
    .option("--agent <agent>", "which one, where several agents have a session of that name")
    .addOption(json())
    .addHelpText("after", examples(["baton forget s_…", "baton forget parser --agent codex"]))
    .action((session: string, options) =>
      perform(async (context) => (await load()).forgetSession(context, session, options)),
    );
}
