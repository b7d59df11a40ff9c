import { readdir } from "node:fs/promises";

import type { AgentEvent } from "../../src/contracts/event.ts";
import { processesOf, waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { describe, expect, it, openAs, say, script, textOf, turnsOf, wordsOf } from "./gemini-kit.ts";

const PLENTY = 60_000;
const yes = async () => ({ decision: "approve" }) as const;

describe("a turn of the real Gemini CLI", { timeout: PLENTY }, () => {
  it("tells what it does, what it has thought and what it took", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const events: AgentEvent[] = [];
    const steps = script(
      { call: { name: "read_file", input: { file_path: "README.md" } }, reasoning: "**Look** first" },
      { tool_result: true, usage: { input: 700, cached: 0, output: 30 } },
    );
    const outcome = await conversation.run(steps, (event) => events.push(event)).outcome;
    expect(outcome).toMatchObject({
      status: "completed",
      answer: expect.stringContaining("The lighthouse is green."),
      usage: { output_tokens: expect.any(Number), billed_to: "api_key" },
    });
    expect(outcome.usage?.input_tokens).toBeGreaterThan(700);
    expect(events.map(({ type }) => type)).toEqual([
      "reasoning",
      "tool.started",
      "tool.finished",
      "message.delta",
      "message",
    ]);
    expect(events[1]).toMatchObject({ data: { name: "read_file", kind: "file" } });
    await conversation.close();
  });

  it("hands every prompt on as it stands, and shares one process", async ({ sandbox, driver }) => {
    const [conversation, other] = await Promise.all([
      driver.open(openAs(sandbox, "read")),
      driver.open(openAs(sandbox, "read")),
    ]);
    expect(other.pid).toBe(conversation.pid);
    const large = `${"x".repeat(1 << 20)} ${script({ say: "read" })}`;
    for (const prompt of ["/help", "  /about", "$x", "@README.md", "-n -p", "!ls", "a\nb\t'\"`$(x)", large]) {
      expect(await say(conversation, prompt)).toMatchObject({ status: "completed" });
      expect(wordsOf(turnsOf(sandbox).at(-1)).at(-1)).toBe(prompt);
    }
    const slow = (letter: string) => script({ say: letter.repeat(30), chunk: 1, delay_ms: 5 });
    const both = await Promise.all([say(conversation, slow("a")), say(other, slow("b"))]);
    expect(both.map(textOf)).toEqual(["a".repeat(30), "b".repeat(30)]);
    await Promise.all([conversation.close(), other.close()]);
  });

  it("is stopped whatever it does, with all that it has started, and the conversation goes on", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const command = conversation.run(script({ shell: "sleep 300" }), () => undefined, { onRequest: yes });
    await waitForCommand(sandbox.workspace, "sleep 300");
    const began = performance.now();
    await command.interrupt();
    expect(await command.outcome).toMatchObject({ status: "interrupted" });
    const sleeping = async () =>
      (await processesOf(sandbox.workspace)).filter((found) => found.command.startsWith("sleep"));
    expect(await sleeping()).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5_000);

    const asked = Promise.withResolvers<void>();
    const asking = conversation.run(script({ shell: "touch made" }), () => undefined, {
      onRequest: (_, withdrawn) =>
        new Promise((resolve) => {
          asked.resolve();
          withdrawn?.addEventListener("abort", () => resolve({ decision: "deny", reason: "withdrawn" }));
        }),
    });
    await asked.promise;
    await asking.interrupt();
    expect(await asking.outcome).toMatchObject({ status: "interrupted" });
    expect(await readdir(sandbox.workspace)).not.toContain("made");

    const silent = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ prompt, side }) => !side && prompt.includes("hang"));
    await silent.interrupt();
    expect(await silent.outcome).toMatchObject({ status: "interrupted" });
    expect(textOf(await say(conversation, "well?"))).toBe("You said: well?");
    await conversation.close();
  });

  it("leaves nothing behind when its process is killed or the conversation closed", async ({
    sandbox,
    driver,
  }) => {
    const killed = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const turn = killed.run(script({ shell: "sleep 301" }), () => undefined, { onRequest: yes });
    await waitForCommand(sandbox.workspace, "sleep 301");
    process.kill(Number(killed.pid), "SIGKILL");
    expect(await turn.outcome).toMatchObject({ status: "failed", error: { code: "agent_crashed" } });
    expect(await waitForNone(sandbox.workspace, 5_000)).toEqual([]);
    expect(killed.isUsable()).toBe(false);

    const closed = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const other = closed.run(script({ shell: "sleep 302" }), () => undefined, { onRequest: yes });
    await waitForCommand(sandbox.workspace, "sleep 302");
    await driver.close();
    await other.outcome;
    expect(await waitForNone(sandbox.workspace, 5_000)).toEqual([]);
  });
});
