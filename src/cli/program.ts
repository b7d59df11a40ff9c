import { Command, InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { VERSION } from "./version.ts";

/** A command's work; gives the exit code. */
type Work = (context: CommandContext) => Promise<number>;

/** Run a command's work and keep its exit code; errors are for the caller of the program. */
export interface Performers {
  /** Work that asks the hub. */
  readonly asClient: (work: Work) => Promise<void>;
  /** Work that needs nothing; what it needs of the rest it loads itself. */
  readonly alone: (work: () => Promise<number>) => Promise<void>;
}
type Perform = Performers["asClient"];

const EXAMPLES = `
Examples:
  $ baton ask codex "where is the retry logic, and is it right?"
  $ git diff | baton ask claude "review this change"
  $ baton ask codex --session auth-refactor "what is the riskiest part?"
  $ baton ask codex --continue "and how would you test that?"
  $ baton ask claude --background "read the docs folder and list what is out of date"
  $ baton wait t_…    $ baton logs -f t_…    $ baton steer t_… "the tests too"    $ baton cancel t_…

Exit codes: 0 completed · 1 failed or cancelled · 2 bad arguments · 3 agent missing, too old or not logged in
            4 refused by a rule · 5 no hub · 124 not final when --wait ended · 130 interrupted`;

const ASK_EXAMPLES = `
Examples:
  $ baton ask codex "which tests cover the parser?"
  $ baton ask codex --continue "and which cases are missing?"
  $ git diff | baton ask claude --session review "review this change"
  $ baton ask claude --session review --reset "begin anew: is the naming consistent?"
  $ baton ask codex --stream --timeout 10m "trace how a request is handled"
  $ baton ask codex -- "-v, what does this flag do?"`;

const MCP_EXAMPLES = `
Examples:
  $ claude mcp add --scope user baton -- baton mcp
  $ codex mcp add baton -- baton mcp
  $ baton mcp --home ~/.local/state/baton --max-wait 20m
  $ claude mcp add codex -- baton mcp --profile codex`;

/** The command line. What a command needs is loaded when it runs. */
export function createProgram({ asClient: perform, alone }: Performers): Command {
  const program = new Command("baton")
    .description("Lets coding agents hand work to each other on your own machine.")
    .version(VERSION, "-V, --version")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("See `baton --help`.");
  addAsk(program, perform);
  addTaskCommands(program, perform);
  addSessions(program, perform);
  addHub(program, perform, alone);
  addServers(program, alone);
  return program;
}

function json(): Option {
  return new Option("--json", "one JSON value on stdout");
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("It has to be a whole number.");
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function addAsk(program: Command, perform: Perform): void {
  program
    .command("ask")
    .description("ask an agent something; it can read but not change anything")
    .argument("<agent>", "claude or codex")
    .argument("[prompt]", "the question; `-` reads it from stdin, and text piped in beside it is context")
    .option("-s, --session <name|id>", "go on in this conversation, or begin one with this name")
    .option("-c, --continue", "go on in the last conversation with that agent in this directory")
    .option("--reset", "with --session: give the name to a new conversation")
    .option("-f, --file <file>", "read the prompt from a file")
    .option("--context <file>", "add a file to the prompt (repeatable)", collect)
    .option("--cwd <dir>", "where the agent works (default: here, or where the session began)")
    .option("-m, --model <model>", "the agent's model (default: the agent's own)")
    .option("--effort <effort>", "the agent's reasoning effort (default: the agent's own)")
    .option("--timeout <time>", "limit of the task, such as 30m (default: [limits] task_timeout)")
    .option("--wait <time>", "wait at most this long; the task goes on afterwards")
    .option("-b, --background", "print the task's id and do not wait")
    .option("--schema <file>", "the answer has to follow the JSON Schema in this file")
    .option("--stream", "write the answer as it comes; with --json one event a line")
    .addOption(json())
    .addHelpText("after", ASK_EXAMPLES)
    .action((agent: string, prompt: string | undefined, options) =>
      perform(async (context) => (await import("./commands/ask.ts")).ask(context, agent, prompt, options)),
    );
}

function addTaskCommands(program: Command, perform: Perform): void {
  const load = () => import("./commands/tasks.ts");
  program
    .command("tasks")
    .description("list tasks, the newest first")
    .option("--running", "only those that are not final")
    .option("-n, --limit <count>", "how many", count, 20)
    .option("--after <task>", "go on after this task")
    .addOption(json())
    .action((options) => perform(async (context) => (await load()).listTasks(context, options)));
  program
    .command("show")
    .description("show a task: what was asked, where it stands, what came of it")
    .argument("<task>")
    .option("--offset <count>", "the answer from this code point on", count, 0)
    .option("--prompt", "the whole prompt")
    .addOption(json())
    .action((task: string, options) =>
      perform(async (context) => (await load()).showTask(context, task, options)),
    );
  program
    .command("wait")
    .description("wait until tasks are final, and print their answers")
    .argument("<task...>")
    .option("--any", "until one of them is")
    .option("--wait <time>", "at most this long")
    .addOption(json())
    .action((tasks: string[], options) =>
      perform(async (context) => (await load()).waitForTasks(context, tasks, options)),
    );
  program
    .command("logs")
    .description("show what happened in a task")
    .argument("<task>")
    .option("-f, --follow", "go on until the task is final")
    .addOption(json())
    .action((task: string, options) =>
      perform(async (context) => (await load()).showLogs(context, task, options)),
    );
  program
    .command("steer")
    .description("add a message to a task while its agent works on it")
    .argument("<task>")
    .argument("<text>", "the message; `-` reads it from stdin")
    .addOption(json())
    .action((task: string, text: string, options) =>
      perform(async (context) => (await load()).steerTask(context, task, text, options)),
    );
  program
    .command("cancel")
    .description("end a task and everything that its agent has started")
    .argument("<task>")
    .addOption(json())
    .action((task: string, options) =>
      perform(async (context) => (await load()).cancelTask(context, task, options)),
    );
}

function addSessions(program: Command, perform: Perform): void {
  const load = () => import("./commands/sessions.ts");
  program
    .command("sessions")
    .description("list conversations, the last used first, with the agent's own command to open them")
    .option("--agent <agent>", "only with this agent")
    .option("--query <text>", "only those whose name, title or id has this text")
    .option("--live", "only those that are open in a process now")
    .option("-n, --limit <count>", "how many", count, 20)
    .option("--after <session>", "go on after this session")
    .addOption(json())
    .action((options) => perform(async (context) => (await load()).listSessions(context, options)));
  program
    .command("rename")
    .description("give a conversation a name")
    .argument("<session>", "its name, its id or the agent's own id")
    .argument("<name>")
    .option("--agent <agent>", "which one, where several agents have a session of that name")
    .addOption(json())
    .action((session: string, name: string, options) =>
      perform(async (context) => (await load()).renameSession(context, { session, name }, options)),
    );
  program
    .command("forget")
    .description("forget a conversation and its tasks; the agent keeps its own")
    .argument("<session>", "its name, its id or the agent's own id")
    .option("--agent <agent>", "which one, where several agents have a session of that name")
    .addOption(json())
    .action((session: string, options) =>
      perform(async (context) => (await load()).forgetSession(context, session, options)),
    );
}

function addHub(program: Command, perform: Perform, alone: Performers["alone"]): void {
  const load = () => import("./commands/hub.ts");
  const hub = program.command("hub").description("the process in the background that runs the tasks");
  hub
    .command("start")
    .description("start it; every command that needs it does so by itself")
    .addOption(json())
    .action((options) => perform(async (context) => (await load()).startHubCommand(context, options)));
  hub
    .command("stop")
    .description("cancel what runs, and end it")
    .addOption(json())
    .action((options) => perform(async (context) => (await load()).stopHub(context, options)));
  hub
    .command("status")
    .description("whether it runs, and what it does")
    .addOption(json())
    .action((options) => perform(async (context) => (await load()).hubStatus(context, options)));
  hub
    .command("run", { hidden: true })
    .requiredOption("--home <dir>")
    .requiredOption("--config <file>")
    .action((options) => alone(async () => (await load()).runHub(options)));
}

function addServers(program: Command, alone: Performers["alone"]): void {
  program
    .command("mcp")
    .description("serve the tools to an agent over stdio (what the agent's MCP configuration starts)")
    .option("--home <dir>", "as BATON_HOME")
    .option("--config <file>", "as BATON_CONFIG")
    .option("--max-wait <time>", "return from a call at the latest after this time (default: by client)")
    .option("--profile <name>", "codex: the two tools of the removed `codex mcp-server` (default: baton)")
    .addHelpText("after", MCP_EXAMPLES)
    .action((options) => alone(async () => (await import("./commands/mcp.ts")).serve(options)));
  program
    .command("demo")
    .description("let the real Claude Code and Codex ask each other, offline, in a home of their own")
    .action(() => alone(async () => (await import("./commands/demo.ts")).demo()));
}
