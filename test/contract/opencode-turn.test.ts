import type { AgentEvent } from "../../src/contracts/event.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./acp-kit.ts";

describe("a turn of opencode", () => {
  it("answers, and a second one in the same process knows the first", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    expect(conversation.nativeId).toMatch(/^ses_/);
    const events: AgentEvent[] = [];
    const first = await conversation.run("Remember the lighthouse.", (event) => events.push(event)).outcome;
    expect(textOf(first)).toBe("You said: Remember the lighthouse.");
    expect(first.usage).toMatchObject({ output_tokens: expect.any(Number), billed_to: "unknown" });
    expect(events).toContainEqual({ type: "message", data: { text: "You said: Remember the lighthouse." } });
    expect(textOf(await say(conversation, script({ history: true })))).toContain("Remember the lighthouse.");
  });
});
