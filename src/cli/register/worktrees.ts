import type { Command } from "commander";
import { examples, json, type Perform } from "./performers.ts";

/** The commands about what was done in worktrees. */
export function addWorktrees(program: Command, perform: Perform): void {
  const load = () => import("../commands/worktrees.ts");
  program
    .command("diff")
    .description("show what was done in the worktree of a task, commits and new files included")
    .argument("<task>")
    .option("--stat", "only how much in which file")
    .addOption(json())
    .addHelpText(
      "after",
      examples(["baton diff t_…", "baton diff t_… --stat", "baton diff t_… | git apply --check"]),
    )
    .action((task: string, options) =>
      perform(async (context) => (await load()).diffTask(context, task, options)),
    );
  program
    .command("apply")
    .description("bring the work of a task from its worktree into your directory, all of it or nothing")
    .argument("<task>")
    .addOption(json())
    .addHelpText(
      "after",
      examples(
        ["baton apply t_…"],
        "It is merged with what stands there, uncommitted changes included; your index stays as it is. What conflicts\nis listed, and then nothing was changed.",
      ),
    )
    .action((task: string, options) =>
      perform(async (context) => (await load()).applyTask(context, task, options)),
    );
  program
    .command("discard")
    .description("remove the worktree of a task with everything that was done in it")
    .argument("<task>")
    .addOption(json())
    .addHelpText("after", examples(["baton diff t_…", "baton discard t_…"]))
    .action((task: string, options) =>
      perform(async (context) => (await load()).discardTask(context, task, options)),
    );
}
