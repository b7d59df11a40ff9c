import type { Command } from "commander";
import { count, examples, json, type Perform } from "./performers.ts";

/** The commands about tasks. */
export function addTasks(program: Command, perform: Perform): void {
  const load = () => import("../commands/tasks.ts");
  program
    .command("tasks")
    .description("list tasks, the newest first")
    .option("--running", "only those that are not final")
    .option("-n, --limit <count>", "how many", count, 20)
    .option("--after <task>", "go on after this task")
    .addOption(json())
    .addHelpText("after", examples(["baton tasks", "baton tasks --running", "baton tasks --json --limit 50"]))
    .action((options) => perform(async (context) => (await load()).listTasks(context, options)));
  program
    .command("show")
    .description("show a task: what was asked, where it stands, what came of it")
    .argument("<task>")
    .option("--offset <count>", "the answer from this code point on", count, 0)
    .option("--prompt", "the whole prompt")
    .option("--artifact", "the file that it has written, as it was then; with --offset from there on")
    .addOption(json())
    .addHelpText(
      "after",
      examples([
        "baton show t_…",
        "baton show t_… --prompt",
        "baton show t_… --offset 20000",
        "baton show t_… --artifact",
      ]),
    )
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
    .addHelpText(
      "after",
      examples(["baton wait t_…", "baton wait --any t_… t_…", "baton wait --wait 60s t_…"]),
    )
    .action((tasks: string[], options) =>
      perform(async (context) => (await load()).waitForTasks(context, tasks, options)),
    );
  program
    .command("logs")
    .description("show what happened in a task")
    .argument("<task>")
    .option("-f, --follow", "go on until the task is final")
    .addOption(json())
    .addHelpText("after", examples(["baton logs t_…", "baton logs -f t_… --json"]))
    .action((task: string, options) =>
      perform(async (context) => (await load()).showLogs(context, task, options)),
    );
  program
    .command("steer")
    .description("add a message to a task while its agent works on it")
    .argument("<task>")
    .argument("<text>", "the message; `-` reads it from stdin")
    .addOption(json())
    .addHelpText("after", examples(['baton steer t_… "the tests too"', "git diff | baton steer t_… -"]))
    .action((task: string, text: string, options) =>
      perform(async (context) => (await load()).steerTask(context, task, text, options)),
    );
  program
    .command("cancel")
    .description("end a task and everything that its agent has started")
    .argument("<task>")
    .addOption(json())
    .addHelpText("after", examples(["baton cancel t_…"]))
    .action((task: string, options) =>
      perform(async (context) => (await load()).cancelTask(context, task, options)),
    );
}
