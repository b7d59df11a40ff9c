import { Argument, type Command } from "commander";
import type { Performers } from "./performers.ts";

const EXAMPLES = `
Examples:
  $ baton completion bash
  $ baton completion zsh
  $ baton completion fish

In ~/.bashrc: source <(baton completion bash); in ~/.zshrc after compinit: source <(baton completion zsh); in fish: baton completion fish | source`;

/** `baton completion`, and what its scripts ask while somebody types. */
export function addCompletion(program: Command, { alone, asClient }: Performers): void {
  program
    .command("completion")
    .description("print the script that completes baton's commands in a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", EXAMPLES)
    .action((shell: string) =>
      alone(async () => (await import("../commands/completion.ts")).printScript(shell)),
    );
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) =>
      asClient(async (context) =>
        (await import("../commands/completion.ts")).complete(context, program, words),
      ),
    );
}
