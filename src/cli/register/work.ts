import { Option, type Command } from "commander";
import { attach, collect, examples, json, type Perform } from "./performers.ts";

const ASK_EXAMPLES = examples([
  'baton ask codex "which tests cover the parser?"',
  'baton ask codex --continue "and which cases are missing?"',
  'git diff | baton ask claude --session review "review this change"',
  'baton ask claude --session review --reset "begin anew: is the naming consistent?"',
  'baton ask codex --stream --timeout 10m "trace how a request is handled"',
  'baton ask claude --attach shot.png --attach trace.log "why does the page look like this?"',
  'baton ask codex -- "-v, what does this flag do?"',
]);

const DELEGATE_EXAMPLES = examples(
  [
    'baton delegate codex "make the tests in test/parser pass"',
    'baton delegate claude --session parser "rename the option everywhere, docs too"',
    'git diff | baton delegate codex --background "write the tests for this change"',
  ],
  "What goes beyond the agent's sandbox is asked for: `baton requests`, then `baton approve r_…`.",
);

/** `baton ask` and `baton delegate`. */
export function addWork(program: Command, perform: Perform): void {
  const load = () => import("../commands/ask.ts");
  withWorkOptions(
    program
      .command("ask")
      .description("ask an agent something; it can read but not change anything")
      .argument("<agent>", "claude or codex")
      .argument("[prompt]", "the question; `-` reads it from stdin, and text piped in beside it is context"),
  )
    .addHelpText("after", ASK_EXAMPLES)
    .action((agent: string, prompt: string | undefined, options) =>
      perform(async (context) => (await load()).ask(context, agent, prompt, options)),
    );
  withWorkOptions(
    program
      .command("delegate")
      .description("hand work to an agent; it may change files in the directory")
      .argument("<agent>", "claude or codex")
      .argument("[prompt]", "the work; `-` reads it from stdin, and text piped in beside it is context"),
  )
    .addOption(
      new Option(
        "--access <access>",
        "write: the directory; full: where [access] max of the config allows it",
      )
        .choices(["write", "full"])
        .default("write"),
    )
    .addOption(
      new Option("--isolation <isolation>", "shared: in the directory itself")
        .choices(["shared"])
        .default("shared"),
    )
    .addHelpText("after", DELEGATE_EXAMPLES)
    .action((agent: string, prompt: string | undefined, options) =>
      perform(async (context) => (await load()).delegate(context, agent, prompt, options)),
    );
}

function withWorkOptions(command: Command): Command {
  return withTaskOptions(
    command
      .option("-s, --session <name|id>", "go on in this conversation, or begin one with this name")
      .option("-c, --continue", "go on in the last conversation with that agent in this directory")
      .option("--reset", "with --session: give the name to a new conversation"),
  );
}

/** What every command takes that begins a task. */
export function withTaskOptions(command: Command): Command {
  return command
    .option("-f, --file <file>", "read the prompt from a file")
    .option("--context <file>", "add a file to the prompt (repeatable)", collect)
    .addOption(attach())
    .option("--cwd <dir>", "where the agent works (default: here, or where the session began)")
    .option("-m, --model <model>", "the agent's model (default: the agent's own)")
    .option("--effort <effort>", "the agent's reasoning effort (default: the agent's own)")
    .option("--timeout <time>", "limit of the task, such as 30m (default: [limits] task_timeout)")
    .option("--wait <time>", "wait at most this long; the task goes on afterwards")
    .option("-b, --background", "print the task's id and do not wait")
    .option("--schema <file>", "the answer has to follow the JSON Schema in this file")
    .option("--stream", "write the answer as it comes; with --json one event a line")
    .addOption(json());
}
