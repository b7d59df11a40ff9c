import { Option, type Command } from "commander";
import { HANDOFF_MODES } from "../../contracts/handoff.ts";
import { count, examples, type Perform } from "./performers.ts";
import { withTaskOptions } from "./work.ts";

const EXAMPLES = examples(
  [
    'baton handoff --from claude --to codex "go on where this stopped"',
    "baton handoff --from codex:01a21f7a-24e7-76f0-a661-7739992e8fc7 --to claude",
    'baton handoff --from claude:latest --to gemini --mode summary --budget 3000 "review what was done"',
    "baton handoff --from gemini --to claude --mode summary --by-agent",
    'baton handoff --from claude --to codex --mode artifact "carry out what is left of the plan"',
    'baton handoff --from codex --to claude --access read --background "what is still open?"',
  ],
  "Without a prompt nothing runs: it prints the command with which you go on in the other agent.",
);

/** `baton handoff`. */
export function addHandoff(program: Command, perform: Perform): void {
  const load = () => import("../commands/handoff.ts");
  withTaskOptions(
    program
      .command("handoff")
      .description("hand a conversation on to another agent, also one that Baton has not begun")
      .argument("[prompt]", "what to do next; without it the other agent only gets the conversation")
      .requiredOption(
        "--from <agent[:id]>",
        "whose conversation: an id of the agent's or of Baton's, a name, or `latest` (the default): the newest here",
      )
      .requiredOption("--to <agent>", "who goes on")
      .addOption(
        new Option(
          "--mode <mode>",
          "history: the whole conversation; summary: what it comes to; artifact: that as a file, and a file as the result (default: history where the agent takes it)",
        ).choices(HANDOFF_MODES),
      )
      .addOption(
        new Option(
          "--budget <tokens>",
          "the most that it may take (default: [handoff] history_tokens, 2000 for a summary)",
        ).argParser(count),
      )
      .option(
        "--by-agent",
        "with --mode summary: the agent that has had the conversation writes of it itself, in a copy; asks its model",
      ),
  )
    .addOption(
      new Option("--access <access>", "what the other agent may do with the prompt")
        .choices(["read", "write", "full"])
        .default("write"),
    )
    .addHelpText("after", EXAMPLES)
    .action((prompt: string | undefined, options) =>
      perform(async (context) => (await load()).handOff(context, prompt, options)),
    );
}
