import type { AgentEvent } from "../../src/contracts/event.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import type { Conversation, Turn } from "../../src/agents/driver.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./claude-kit.ts";

/** A turn, with what it reports. */
function begin(conversation: Conversation, prompt: string): { turn: Turn; events: AgentEvent[] } {
  const events: AgentEvent[] = [];
  return { turn: conversation.run(prompt, (event) => events.push(event)), events };
}

/** What the model was last sent, as text. */
function lastSent(sandbox: Sandbox): string {
  return JSON.stringify(sandbox.model.requests.findLast(({ side }) => !side)?.body);
}

const usage = { input: 100, cached: 0, output: 10 };
const HELD = script({ say: "the first answer", chunk: 4, wait_for: "go", usage });

describe("a message into a running turn", () => {
  it("reaches the model while a tool runs, and one answer covers both", async ({ sandbox, driver }) => {
    await sandbox.run(["mkfifo", "gate"]);
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn, events } = begin(conversation, script({ shell: "cat gate" }, { say: "both" }));
    await expect.poll(() => events.some(({ type }) => type === "tool.started"), { interval: 10 }).toBe(true);
    await turn.steer("Mind the harbour too.");
    // Waits until somebody reads.
    await sandbox.run(["bash", "-c", "echo opened > gate"]);
    expect(textOf(await turn.outcome)).toBe("both");
    expect(lastSent(sandbox)).toContain("Mind the harbour too.");
    expect(sandbox.model.requests).toHaveLength(2);
  });

  it("that comes while the answer is written is answered next, as part of the same turn", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn, events } = begin(conversation, HELD);
    await sandbox.model.waitForRequest(({ prompt }) => prompt === HELD);
    await turn.steer(script({ say: "the second answer", usage }));
    sandbox.model.release("go");
    const outcome = await turn.outcome;
    expect(textOf(outcome)).toBe("the second answer");
    expect(outcome.usage).toMatchObject({ input_tokens: 200, output_tokens: 20 });
    expect(events.flatMap((event) => (event.type === "message" ? [event.data.text] : []))).toEqual([
      "the first answer",
      "the second answer",
    ]);
    expect(events.filter(({ type }) => type === "raw")).toEqual([]);
    expect(textOf(await say(conversation, script({ history: true })))).toMatch(/the second answer/);
  });

  it("may be followed by another one", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn } = begin(conversation, HELD);
    await sandbox.model.waitForRequest(({ prompt }) => prompt === HELD);
    await Promise.all([turn.steer("One more thing."), turn.steer(script({ history: true }))]);
    sandbox.model.release("go");
    expect(textOf(await turn.outcome)).toMatch(/the first answer(.|\n)*One more thing\./);
    expect(lastSent(sandbox)).toContain("One more thing.");
  });

  it("is answered also where the prompt has failed", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn, events } = begin(conversation, script({ fail: { status: 529 } }));
    await expect.poll(() => events.some(({ type }) => type === "warning"), { interval: 10 }).toBe(true);
    await turn.steer(script({ say: "it works now" }));
    expect(textOf(await turn.outcome)).toBe("it works now");
  });

  it("is withdrawn with the turn when that is interrupted", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn } = begin(conversation, HELD);
    await sandbox.model.waitForRequest(({ prompt }) => prompt === HELD);
    await turn.steer("This is not to be answered.");
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    await expect(turn.steer("too late")).rejects.toMatchObject({ error: { code: "conflict" } });
    const history = textOf(await say(conversation, script({ history: true })));
    expect(history).not.toContain("This is not to be answered.");
  });

  it("ends with the process", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn } = begin(conversation, HELD);
    await sandbox.model.waitForRequest(({ prompt }) => prompt === HELD);
    await turn.steer("still there?");
    const claude = (await processesOf(sandbox.root)).find(({ command }) =>
      command.includes("--output-format"),
    );
    process.kill(claude?.pid ?? 0, "SIGSTOP");
    const second = turn.steer("and now?");
    process.kill(claude?.pid ?? 0, "SIGKILL");
    expect(await turn.outcome).toMatchObject({ status: "failed", error: { code: "agent_crashed" } });
    await expect(second).rejects.toMatchObject({ error: { code: "conflict" } });
  });

  it("is refused when the turn is over", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { turn } = begin(conversation, script({ say: "done" }));
    await turn.outcome;
    await expect(turn.steer("too late")).rejects.toMatchObject({
      error: { code: "conflict", hint: expect.stringContaining("same session") },
    });
    expect(textOf(await say(conversation, script({ say: "next" })))).toBe("next");
  });
});
