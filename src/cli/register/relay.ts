import type { Command } from "commander";
import { attach, collect, examples, json, type Perform } from "./performers.ts";

const EXAMPLES = examples(
  [
    'baton relay plan:claude execute:codex review:claude "add a --quiet option"',
    'baton relay plan:codex:gpt-5.5 execute:claude --dir docs/quiet "add a --quiet option"',
    "baton relay execute:codex document:claude --background --file TASK.md",
    "baton relay --resume t_…",
  ],
  `A step is NAME:AGENT or NAME:AGENT:MODEL. \`plan\` and \`review\` change nothing and leave PLAN.md and REVIEW.md,
\`execute\` works and leaves RESULT.md, and any other name works and leaves a file of that name. Each step reads what the
steps before it have left.`,
);

/** `baton relay`. */
export function addRelay(program: Command, perform: Perform): void {
  program
    .command("relay")
    .description(
      "have steps done by agents, one after the other: each goes by the files that those before have left",
    )
    .argument("[steps...]", "such as plan:claude execute:codex review:claude, and then the request")
    .option("--resume <task>", "go on with this relay at the step that was not done")
    .option("--dir <folder>", "where its files lie (default: .baton/relay/TASK, which git does not see)")
    .option("-f, --file <file>", "read the request from a file")
    .option("--context <file>", "add a file to the request (repeatable)", collect)
    .addOption(attach())
    .option("--cwd <dir>", "where the agents work (default: here)")
    .option("--effort <effort>", "the agents' reasoning effort (default: their own)")
    .option("--timeout <time>", "limit of each step, such as 30m (default: [limits] task_timeout)")
    .option("--wait <time>", "wait at most this long; the relay goes on afterwards")
    .option("-b, --background", "print the task's id and do not wait")
    .option("--stream", "write what each step answers; with --json one event a line")
    .addOption(json())
    .addHelpText("after", EXAMPLES)
    .action((words: string[], options) =>
      perform(async (context) => (await import("../commands/relay.ts")).relay(context, words, options)),
    );
}
