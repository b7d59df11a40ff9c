import type { Conversation, OpenRequest, TurnOutcome } from "../../src/agents/driver.ts";

/** What a conversation is opened with where a test asks for nothing else. */
export const NEW_CONVERSATION = {
  nativeId: null,
  model: null,
  effort: null,
  schema: null,
  approvals: "decline",
  briefing: null,
  tools: null,
  depth: 1,
} as const satisfies Partial<OpenRequest>;

/** A prompt that tells the offline model what to do. */
export function script(...steps: readonly unknown[]): string {
  return `SCRIPT ${JSON.stringify(steps)}`;
}

export async function say(conversation: Conversation, prompt: string): Promise<TurnOutcome> {
  return conversation.run(prompt, () => undefined).outcome;
}
