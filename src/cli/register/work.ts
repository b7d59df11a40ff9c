import { Option, type Command } from "commander";
import { attach, collect, count, examples, json, type Perform } from "./performers.ts";

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
    'baton delegate codex --isolation worktree --background "try the other parser"',
    'git diff | baton delegate codex --background "write the tests for this change"',
    'baton delegate codex --reads PLAN.md --writes RESULT.md "carry out the plan"',
  ],
  "What was done in a worktree: `baton diff t_…`, then `baton apply t_…` or `baton discard t_…`.\n" +
    "What goes beyond the agent's sandbox is asked for: `baton requests`, then `baton approve r_…`.",
);

const PANEL_EXAMPLES = examples(
  [
    'baton panel codex,claude "is it safe to drop this index?"',
    'baton panel codex,claude --synthesize claude "what would you test first?"',
    'baton panel codex:gpt-5.5,codex:gpt-5.4 --quorum 1 --timeout 10m "why can this deadlock?"',
    'baton panel codex,claude --continue "and which of these is the gravest?"',
  ],
  "Exit code 0 when more than half have answered, or as many as --quorum says; 1 when fewer did, with their answers all the same.",
);

const REVIEW_EXAMPLES = examples(
  [
    "baton review",
    "baton review codex,claude --synthesize claude",
    'baton review --base main codex "error handling above all"',
    "git show | baton review claude",
  ],
  "New files that git does not ignore are part of the working tree, and so of what the agents' models are shown.",
);

/** `baton ask`, `baton delegate`, `baton panel` and `baton review`. */
export function addWork(program: Command, perform: Perform): void {
  const load = () => import("../commands/ask.ts");
  withWorkOptions(
    program
      .command("ask")
      .description("ask an agent something; it can read but not change anything")
      .argument("<agent>", "claude, codex, gemini, or one that the config names")
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
      .argument("<agent>", "claude, codex, gemini, or one that the config names")
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
      new Option(
        "--isolation <isolation>",
        "shared: in the directory itself; worktree: in a git worktree of its own, on a branch of its own",
      )
        .choices(["shared", "worktree"])
        .default("shared"),
    )
    .option("--reads <file>", "a file that the agent has to go by, such as a plan (repeatable)", collect)
    .option("--writes <file>", "the file that has to come of it, in the directory of the task")
    .option(
      "--sections <names>",
      "what that file has to have, with commas between (default for Markdown: Summary,Changes,Deviations)",
    )
    .option("--with-changes", "with --isolation worktree: begin with your uncommitted changes too")
    .addHelpText("after", DELEGATE_EXAMPLES)
    .action((agent: string, prompt: string | undefined, options) =>
      perform(async (context) => (await load()).delegate(context, agent, prompt, options)),
    );
  addPanels(program, perform);
}

function addPanels(program: Command, perform: Perform): void {
  withPanelOptions(
    withWorkOptions(
      program
        .command("panel")
        .description("ask several agents the same, side by side; they can read but not change anything")
        .argument("<agents>", "such as codex,claude or codex:MODEL,claude:MODEL")
        .argument(
          "[prompt]",
          "the question; `-` reads it from stdin, and text piped in beside it is context",
        ),
    ),
  )
    .addHelpText("after", PANEL_EXAMPLES)
    .action((agents: string, prompt: string | undefined, options) =>
      perform(async (context) =>
        (await import("../commands/panel.ts")).panel(context, agents, prompt, options),
      ),
    );
  withPanelOptions(
    withRunOptions(
      program
        .command("review")
        .description("have the changes in this repository reviewed by several agents, which change nothing")
        .argument("[agents]", "such as codex,claude (default: all that are installed)")
        .argument("[focus]", "what they are to look at above all")
        .option(
          "--base [branch]",
          "the commits since this branch (default: the repository's default branch)",
        ),
    ),
  )
    .addHelpText("after", REVIEW_EXAMPLES)
    .action((agents: string | undefined, focus: string | undefined, options) =>
      perform(async (context) =>
        (await import("../commands/review.ts")).review(context, agents, focus, options),
      ),
    );
}

function withPanelOptions(command: Command): Command {
  return command
    .option("--synthesize <agent>", "then have one agent bring the answers together")
    .option("--quorum <count>", "so many answers are enough; the others get only some more time", count);
}

function withWorkOptions(command: Command): Command {
  return withRunOptions(
    command
      .option("-f, --file <file>", "read the prompt from a file")
      .option("--context <file>", "add a file to the prompt (repeatable)", collect)
      .addOption(attach()),
  );
}

function withRunOptions(command: Command): Command {
  return withTermOptions(
    command
      .option("-s, --session <name|id>", "go on in this conversation, or begin one with this name")
      .option("-c, --continue", "go on in the last conversation with that agent in this directory")
      .option("--reset", "with --session: give the name to a new conversation"),
  );
}

/** What every command takes that begins a task, and has a prompt. */
export function withTaskOptions(command: Command): Command {
  return withTermOptions(
    command
      .option("-f, --file <file>", "read the prompt from a file")
      .option("--context <file>", "add a file to the prompt (repeatable)", collect)
      .addOption(attach()),
  );
}

function withTermOptions(command: Command): Command {
  return command
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
