import { Option, type Command } from "commander";
import { examples, json, type Performers } from "./performers.ts";

const MCP_EXAMPLES = examples([
  "baton setup",
  "baton mcp --home ~/.local/state/baton --max-wait 20m",
  "claude mcp add codex -- baton mcp --profile codex",
]);

/** `baton hub …`. */
export function addHub(program: Command, { asClient: perform, alone }: Performers): void {
  const load = () => import("../commands/hub.ts");
  const hub = program.command("hub").description("the process in the background that runs the tasks");
  hub
    .command("start")
    .description("start it; every command that needs it does so by itself")
    .addOption(json())
    .addHelpText("after", examples(["baton hub start"]))
    .action((options) => perform(async (context) => (await load()).startHubCommand(context, options)));
  hub
    .command("stop")
    .description("cancel what runs, and end it")
    .addOption(json())
    .addHelpText("after", examples(["baton hub stop"]))
    .action((options) => perform(async (context) => (await load()).stopHub(context, options)));
  hub
    .command("status")
    .description("whether it runs, and what it does")
    .addOption(json())
    .addHelpText("after", examples(["baton hub status", "baton hub status --json"]))
    .action((options) => perform(async (context) => (await load()).hubStatus(context, options)));
  hub
    .command("run", { hidden: true })
    .requiredOption("--home <dir>")
    .requiredOption("--config <file>")
    .action((options) => alone(async () => (await load()).runHub(options)));
}

/** `baton mcp` and `baton demo`. */
export function addServers(program: Command, { alone }: Performers): void {
  program
    .command("mcp")
    .description("serve the tools to an agent over stdio (what the agent's MCP configuration starts)")
    .option("--home <dir>", "as BATON_HOME")
    .option("--config <file>", "as BATON_CONFIG")
    .option("--max-wait <time>", "return from a call at the latest after this time (default: by client)")
    .addOption(new Option("--child <access>").hideHelp())
    .option("--profile <name>", "codex: the two tools of the removed `codex mcp-server` (default: baton)")
    .addHelpText("after", MCP_EXAMPLES)
    .action((options) => alone(async () => (await import("../commands/mcp.ts")).serve(options)));
  program
    .command("demo")
    .description("let the real Claude Code and Codex ask each other, offline, in a home of their own")
    .addHelpText("after", examples(["baton demo"]))
    .action(() => alone(async () => (await import("../commands/demo.ts")).demo()));
}
