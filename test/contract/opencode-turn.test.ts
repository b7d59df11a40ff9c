import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentEvent } from "../../src/contracts/event.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./acp-kit.ts";

describe("a conversation with opencode", () => {
  it("is continued in the same process and in another one, with its history", async ({ sandbox, driver }) => {
    await writeFile(path.join(sandbox.workspace, "AGENTS.md"), "The lamp is lit at dusk.");
    const request = openAs(sandbox, "read", { model: "offline/heron-1" });
    const conversation = await driver.open(request);
    expect(conversation.nativeId).toMatch(/^ses_/);
    const events: AgentEvent[] = [];
    const first = await conversation.run("Remember the lighthouse.", (event) => events.push(event)).outcome;
    expect(textOf(first)).toBe("You said: Remember the lighthouse.");
    expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).toContain("The lamp is lit at dusk.");
    expect(first.usage).toMatchObject({ output_tokens: expect.any(Number), billed_to: "unknown" });
    expect(events).toContainEqual({ type: "message", data: { text: "You said: Remember the lighthouse." } });
    expect(textOf(await say(conversation, "/help me, $HOME and @README.md"))).toContain(
      "/help me, $HOME and @README.md",
    );
    await conversation.close();
    expect(conversation.isUsable()).toBe(false);
    const again = await driver.open({ ...request, nativeId: conversation.nativeId });
    expect(again.nativeId).toBe(conversation.nativeId);
    const history = textOf(await say(again, script({ history: true })));
    expect(history).toContain("user: Remember the lighthouse.");
    expect(history).toContain("/help me, $HOME and @README.md");
    expect(driver.resumeArgv(again.nativeId)).toEqual(["opencode", "--session", again.nativeId]);
  }, 150_000);
});
