import type { Access } from "../contracts/task.ts";

/** What an agent has to know of its part in a delegation. */
export interface Part {
  /** The agent that is told. */
  readonly agent: string;
  /** What the agent that has asked is called; null when a person asks, who needs no introduction. */
  readonly asker: string | null;
  readonly access: Access;
  /** Whether it may hand work on itself. */
  readonly mayDelegate: boolean;
}

/** What is said to each agent besides, in the words that it knows its own tools by. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  claude: "Your final message is what the other agent is given; it sees nothing else of your work.",
  gemini: "Your final message is what the other agent is given; it sees nothing else of your work.",
  codex: "Your final answer is what the other agent is given; it sees nothing else of your work.",
};

const EXPECTED: Readonly<Record<Access, string>> = {
  read: "You can read here and change nothing: answer from what you find.",
  write:
    "You may change files in the working directory. Do the work, then say what you have changed and what is left open.",
  full: "You have full access to this machine. Do the work, then say what you have changed and what is left open.",
};

/** Tells an agent that it is a delegate; null when nothing has to be said. The same words for as long as its part is the same. */
export function briefingFor({ agent, asker, access, mayDelegate }: Part): string | null {
  if (asker === null) return null;
  return [
    `You are a delegate: through Baton, another coding agent (${asker}) on this machine has asked you for the following. No person reads along, so do not wait for one: decide what you can and name what you assumed.`,
    EXPECTED[access],
    mayDelegate
      ? "Do the work yourself. Ask another agent through Baton only where the request needs one, whatever instruction files here say about asking others first, and never hand on the request as it stands."
      : "Do the work yourself: you cannot hand it on, whatever instruction files here say about asking other agents.",
    OWN_WORDS[agent] ?? "Your last message is what the other agent is given.",
  ].join("\n");
}
