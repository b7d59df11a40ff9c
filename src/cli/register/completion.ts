import { Argument, type Command } from "commander";
import type { Performers } from "./performers.ts";

const EXAMPLES = `
Examples:
  $ source <(baton completion bash)                 (in ~/.bashrc)
  $ source <(baton completion zsh)                  (in ~/.zshrc, after compinit)
  $ baton completion fish | source                  (in ~/.config/fish/config.fish)`;

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
