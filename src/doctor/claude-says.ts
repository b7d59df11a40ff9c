import { z } from "zod";
import { childEnvironment } from "../agents/claude/environment.ts";
import { configFolderOf, readUserSettings } from "../agents/claude/settings-files.ts";
import { billedTo } from "../agents/claude/usage.ts";
import { accountSchema, type Account } from "../agents/claude/wire.ts";
import type { Environment } from "../agents/driver.ts";
import { NO_OBSERVER, startJsonChild } from "../process/child.ts";
import type { AgentSays } from "./facts.ts";
import { limited } from "./limited.ts";

/** Of the answer to `initialize` what tells about account and models (Claude Code 2.1.330). */
const answerSchema = z.looseObject({
  type: z.literal("control_response"),
  response: z.looseObject({
    response: z.looseObject({
      account: accountSchema.catch({}),
      models: z
        .array(z.looseObject({ value: z.string(), supportedEffortLevels: z.array(z.string()).catch([]) }))
        .catch([]),
    }),
  }),
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

/** Asks an installed Claude Code about itself; null when it does not answer. */
export async function askClaude(
  program: string,
  env: Environment,
  options: { readonly cwd: string; readonly limitMs: number },
): Promise<AgentSays | null> {
  const answered = Promise.withResolvers<z.infer<typeof answerSchema>>();
  const userSettings = await readUserSettings(configFolderOf(env));
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [program, ...FLAGS],
    cwd: options.cwd,
    env: childEnvironment({ passedOn: env, userSettings, git: {}, depth: 0, toolsUrl: null }),
    onLine: (line) => {
      const answer = line.kind === "json" ? answerSchema.safeParse(line.value) : null;
      if (answer?.success === true) answered.resolve(answer.data);
    },
  });
  void child.exited.then(() => answered.reject(new Error("Claude Code has ended")));
  child.send({ type: "control_request", request_id: "1", request: { subtype: "initialize" } });
  try {
    const answer = await limited(answered.promise, options.limitMs);
    if (answer === null) return null;
    const { account, models } = answer.response.response;
    return {
      ...accountOf(account),
      models: models.map(({ value, supportedEffortLevels }, index) => ({
        id: value,
        efforts: supportedEffortLevels,
        isDefault: index === 0,
      })),
    };
  } finally {
    await child.stop();
  }
}

const isGiven = (source: string | null | undefined): source is string =>
  typeof source === "string" && source !== "" && source !== "none";

function accountOf(account: Account): Omit<AgentSays, "models"> {
  const { tokenSource, apiKeySource, apiProvider, subscriptionType } = account;
  const provider = apiProvider === "firstParty" ? null : apiProvider;
  const source = [provider, apiKeySource, subscriptionType, tokenSource].find(isGiven) ?? null;
  return { isLoggedIn: source !== null, account: source, billedTo: billedTo(account) };
}
