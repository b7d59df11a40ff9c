import { Option, type Command } from "commander";
import { USAGE_GROUPS } from "../../contracts/usage.ts";
import { examples, json, type Perform } from "./performers.ts";

const WHO_ANSWERS =
  "The first answer counts; one that nobody gives is declined after [approvals] timeout. Inside an agent this is refused.";

/** The commands about what tasks wait for. */
export function addRequests(program: Command, perform: Perform): void {
  const load = () => import("../commands/requests.ts");
  program
    .command("requests")
    .description("list the steps and questions of tasks that wait for your answer")
    .addOption(json())
    .addHelpText("after", examples(["baton requests", "baton requests --json"], WHO_ANSWERS))
    .action((options) => perform(async (context) => (await load()).listRequests(context, options)));
  program
    .command("approve")
    .description("let an agent take a step that it has asked for, this once")
    .argument("<request>")
    .addOption(json())
    .addHelpText("after", examples(["baton approve r_…"], WHO_ANSWERS))
    .action((request: string, options) =>
      perform(async (context) =>
        (await load()).answerRequest(context, { request, decision: "approve", text: null }, options),
      ),
    );
  program
    .command("deny")
    .description("refuse a step or a question; the agent is told and goes on without")
    .argument("<request>")
    .option("--reason <text>", "what the agent is told")
    .addOption(json())
    .addHelpText(
      "after",
      examples(["baton deny r_…", 'baton deny r_… --reason "use the staging database"'], WHO_ANSWERS),
    )
    .action((request: string, options: { readonly reason?: string; readonly json?: true }) =>
      perform(async (context) =>
        (await load()).answerRequest(
          context,
          { request, decision: "deny", text: options.reason ?? null },
          options,
        ),
      ),
    );
  program
    .command("answer")
    .description("answer a question of an agent")
    .argument("<request>")
    .argument("<text>", "one of the offered options, or your own words")
    .addOption(json())
    .addHelpText("after", examples(['baton answer r_… "the second one"'], WHO_ANSWERS))
    .action((request: string, text: string, options) =>
      perform(async (context) =>
        (await load()).answerRequest(context, { request, decision: "answer", text }, options),
      ),
    );
}

/** `baton usage`. */
export function addUsage(program: Command, perform: Perform): void {
  program
    .command("usage")
    .description("what tasks have used and cost, and how much of their allowance the agents say is used")
    .addOption(new Option("--by <group>", "what to add up by").choices([...USAGE_GROUPS]).default("day"))
    .option("--since <time>", "only the last so many hours or days, such as 24h or 7d")
    .addOption(json())
    .addHelpText(
      "after",
      examples(["baton usage", "baton usage --by agent --since 7d", "baton usage --by root --json"]),
    )
    .action((options) =>
      perform(async (context) => (await import("../commands/usage.ts")).usage(context, options)),
    );
}
