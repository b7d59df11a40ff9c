import { z } from "zod";

import { NO_OBSERVER, startJsonChild } from "../../process/child.ts";
import { execute } from "../../process/execute.ts";
import type { AgentDescription, AgentLogin, DescribeRequest } from "../driver.ts";
import { described } from "../described.ts";
import { withChosen } from "../refused-choice.ts";
import { childEnvironment } from "./environment.ts";
import { findClaude } from "./executable.ts";
import { modelsIn } from "./models.ts";
import { configFolderOf, readUserSettings } from "./settings-files.ts";
import { billedTo } from "./usage.ts";
import { initializedSchema, type Account, type Initialized } from "./wire.ts";

const answerSchema = z.looseObject({
  type: z.literal("control_response"),
  response: z.looseObject({ response: initializedSchema }),
});

/** As little as possible of settings, tools and servers: only the answer to `initialize` is wanted. */
const FLAGS = [
  "-p",
  "--input-format=stream-json",
  "--output-format=stream-json",
  "--verbose",
  "--tools=",
  "--strict-mcp-config",
  "--no-session-persistence",
];

/** Means of the driver itself, see argv.ts and approvals.ts. */
const ACCESS: AgentDescription["access"] = {
  read: { by: "checks", means: "Claude Code checks each command and file; no sandbox of the system." },
  write: {
    by: "checks",
    means: "Claude Code checks each command, and edits files in the directory; no sandbox of the system.",
  },
  full: { by: "nothing", means: "Claude Code's tools are allowed; your deny rules hold." },
};

/** Asks an installed Claude Code about itself, without a call of a model (Claude Code 2.1.330). */
export async function describeClaude(request: DescribeRequest): Promise<AgentDescription> {
  const { launch, cwd, limitMs } = request;
  const program = await findClaude(launch);
  const userSettings = await readUserSettings(configFolderOf(launch.env));
  const env = childEnvironment({ passedOn: launch.env, userSettings, git: {}, depth: 0, toolsUrl: null });
  const answered = Promise.withResolvers<Initialized>();
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [program, ...FLAGS],
    cwd,
    env,
    onLine: (line) => {
      const answer = line.kind === "json" ? answerSchema.safeParse(line.value) : null;
      if (answer?.success === true) answered.resolve(answer.data.response.response);
    },
  });
  void child.exited.then(() => answered.reject(new Error(`it has ended. ${child.stderr().trim()}`)));
  child.send({ type: "control_request", request_id: "1", request: { subtype: "initialize" } });
  const help = execute({ argv: [program, "--help"], cwd, env, limitMs });
  try {
    const [said, { stdout: flags }] = await described(
      "Claude Code",
      limitMs,
      Promise.all([answered.promise, help]),
    );
    const chosen = launch.env["ANTHROPIC_MODEL"] ?? chosenSchema.parse(userSettings["model"]);
    return { ...descriptionOf(said, flags), models: withChosen(modelsIn(said), chosen) };
  } finally {
    await Promise.all([child.stop(), help]);
  }
}

const chosenSchema = z.string().nullable().catch(null);

function descriptionOf(said: Initialized, flags: string): Omit<AgentDescription, "models"> {
  const has = (flag: string) => new RegExp(`(^|\\s)--${flag}\\b`).test(flags);
  return {
    version: said.claude_code_version ?? null,
    login: loginOf(said.account),
    abilities: {
      resume: has("resume"),
      fork: has("fork-session"),
      steer: true,
      schema: has("json-schema"),
      images: true,
      usage: true,
      cost: true,
      approvals: true,
    },
    access: ACCESS,
    mcpServers: null,
  };
}

const isGiven = (source: string | null | undefined): source is string =>
  typeof source === "string" && source !== "" && source !== "none";

function loginOf(account: Account): AgentLogin {
  const { tokenSource, apiKeySource, apiProvider, subscriptionType } = account;
  const provider = apiProvider === "firstParty" ? null : apiProvider;
  const source = [provider, apiKeySource, subscriptionType, tokenSource].find(isGiven) ?? null;
  return { isLoggedIn: source !== null, account: source, billedTo: billedTo(account) };
}
