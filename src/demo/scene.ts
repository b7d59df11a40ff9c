import type { Rule } from "../../testkit/model/plan.ts";

/** What a person types into the one agent, which asks the other twice in one conversation. */
export interface Scene {
  readonly asker: "claude" | "codex";
  readonly title: string;
  readonly request: string;
}

/** A file with something to find in it. */
export const SOURCE_FILE = "src/retry.ts";
export const SOURCE = `export async function withRetry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}
`;

export const SCENES: readonly Scene[] = [
  {
    asker: "claude",
    title: "Claude Code asks Codex, and asks a follow-up in the same conversation",
    request: `Get a second opinion from Codex on ${SOURCE_FILE}, and ask which test is missing.`,
  },
  {
    asker: "codex",
    title: "Codex asks Claude Code, likewise",
    request: `Let Claude review ${SOURCE_FILE}, and ask how it would name the constant.`,
  },
];

const REVIEW = `Is the retry in ${SOURCE_FILE} safe to put around a payment?`;
const MISSING_TEST = "Which test would have shown that?";
const CLAUDE_REVIEW = `Review ${SOURCE_FILE}: what would you change first?`;
const CONSTANT = "And how would you name that constant?";

function ask(agent: string, session: string, prompt: string): Rule["steps"][number] {
  return { mcp: { server: "baton", tool: "ask_agent", arguments: { agent, session, prompt } } };
}

/** The offline model's part: what the agents' models would decide and say. The agents themselves are real. */
export const RULES: Rule[] = [
  {
    when: "Get a second opinion from Codex",
    steps: [
      ask("codex", "retry-review", REVIEW),
      ask("codex", "retry-review", MISSING_TEST),
      {
        say: "Codex advises against it: every error is retried at once. I will add the test it names first.",
      },
    ],
  },
  {
    when: REVIEW,
    steps: [
      { shell: `cat ${SOURCE_FILE}` },
      { say: "No. It tries five times without a pause, and it retries every error, a refused card too." },
    ],
  },
  {
    when: MISSING_TEST,
    steps: [{ say: "One where the work fails with an error that is final: it has to run exactly once." }],
  },
  {
    when: "Let Claude review",
    steps: [
      ask("claude", "retry-names", CLAUDE_REVIEW),
      ask("claude", "retry-names", CONSTANT),
      { say: "Claude would name the limit first: MAX_ATTEMPTS in place of the bare 5." },
    ],
  },
  {
    when: CLAUDE_REVIEW,
    steps: [
      { call: { name: "Bash", input: { command: `cat ${SOURCE_FILE}`, description: "Read the file" } } },
      { say: "The bare 5 in the catch block: it is the policy of the whole function and has no name." },
    ],
  },
  { when: CONSTANT, steps: [{ say: "MAX_ATTEMPTS: it counts tries, not retries, as the loop does." }] },
];
