import type { AgentRequest, Conversation, RequestAnswer } from "../../src/agents/driver.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import { expect, script, textOf } from "../contract/acp-kit.ts";

export const tool = (name: string, input: Readonly<Record<string, unknown>>) => ({ call: { name, input } });
export const bash = (command: string) => tool("bash", { command, description: "a step" });

/** What the steps of one turn came to. */
export async function steps(conversation: Conversation, calls: readonly unknown[], decision?: RequestAnswer) {
  const events: AgentEvent[] = [];
  const requests: AgentRequest[] = [];
  const { outcome } = conversation.run(script(...calls, { say: "done" }), (event) => events.push(event), {
    onRequest: async (request) => {
      requests.push(request);
      return decision ?? { decision: "deny", reason: "no" };
    },
  });
  expect(textOf(await outcome)).toBe("done");
  const outcomes = events.flatMap((event) => (event.type === "tool.finished" ? [event.data.outcome] : []));
  return { outcomes, requests, events };
}
