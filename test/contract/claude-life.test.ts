import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import type { Conversation } from "../../src/agents/driver.ts";
import { processesOf, waitForNone } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./claude-kit.ts";

const LONG_COMMAND = "tail -f README.md";

/** A turn that is in the middle of a command which never ends. */
async function inLongCommand(sandbox: Sandbox, conversation: Conversation) {
  const started = Promise.withResolvers<void>();
  const turn = conversation.run(script({ shell: LONG_COMMAND }, { say: "done" }), (event) => {
    if (event.type === "tool.started") started.resolve();
  });
  await started.promise;
  await expect.poll(() => commandsIn(sandbox), { interval: 10 }).toContain(LONG_COMMAND);
  return turn;
}

async function commandsIn(sandbox: Sandbox): Promise<readonly string[]> {
  return (await processesOf(sandbox.root)).map(({ command }) => command);
}

async function pidOfClaude(sandbox: Sandbox): Promise<number> {
  const found = (await processesOf(sandbox.root)).find(({ command }) => command.includes("--output-format"));
  if (found === undefined) throw new Error("no Claude Code runs");
  return found.pid;
}

describe("an interrupt", () => {
  it("ends an answer under way, and the conversation goes on", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("hang"));
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    expect(conversation.isUsable()).toBe(true);
    expect(textOf(await say(conversation, script({ say: "still here" })))).toBe("still here");
  });

  it("that comes before the turn has begun is not lost", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
  });

  it("ends the command that runs", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = await inLongCommand(sandbox, conversation);
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    await expect.poll(() => commandsIn(sandbox), { interval: 10 }).not.toContain(LONG_COMMAND);
  });
});

describe("the end of the process", () => {
  it("fails the turn at once and leaves none of its commands", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = await inLongCommand(sandbox, conversation);
    process.kill(await pidOfClaude(sandbox), "SIGKILL");
    expect(await turn.outcome).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed", retryable: true, message: expect.stringContaining("SIGKILL") },
    });
    expect(conversation.isUsable()).toBe(false);
    expect(await waitForNone(sandbox.root, 5_000)).toEqual([]);
  });

  it("leaves a conversation that goes on in another one", async ({ sandbox, driver }) => {
    const request = await openAs(sandbox, "read");
    const conversation = await driver.open(request);
    await say(conversation, "Remember the lighthouse.");
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("hang"));
    process.kill(await pidOfClaude(sandbox), "SIGKILL");
    expect(await turn.outcome).toMatchObject({ error: { code: "agent_crashed" } });
    expect(await say(conversation, "anybody?")).toMatchObject({ error: { code: "agent_crashed" } });
    await conversation.close();
    const again = await driver.open({ ...request, nativeId: conversation.nativeId });
    expect(textOf(await say(again, script({ history: true })))).toMatch(/Remember the lighthouse/);
  });

  it("by close interrupts the turn and takes its commands along", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = await inLongCommand(sandbox, conversation);
    await conversation.close();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    expect(await waitForNone(sandbox.root, 0)).toEqual([]);
  });

  it("of the driver ends every conversation", async ({ sandbox, driver }) => {
    const request = await openAs(sandbox, "read");
    const [first, second] = await Promise.all([driver.open(request), driver.open(request)]);
    expect(first.nativeId).not.toBe(second.nativeId);
    await driver.close();
    expect(await waitForNone(sandbox.root, 0)).toEqual([]);
  });
});

describe("the person's own Claude Code", () => {
  it("goes on with a conversation of ours, and ours then sees that turn", async ({ sandbox, driver }) => {
    const request = await openAs(sandbox, "read");
    const ours = await driver.open(request);
    await say(ours, "Remember the lighthouse.");
    const [command, ...args] = driver.resumeArgv(ours.nativeId) ?? [];
    expect([command, ...args]).toEqual(["claude", "--resume", ours.nativeId]);
    const theirs = await sandbox.run([sandbox.clis.claude, "-p", ...args], { input: "It is green now." });
    expect(theirs).toMatchObject({ code: 0, stdout: "You said: It is green now.\n" });
    expect(ours.isUsable()).toBe(false);
    await ours.close();
    const again = await driver.open({ ...request, nativeId: ours.nativeId });
    const history = textOf(await say(again, script({ history: true })));
    expect(history).toMatch(/Remember the lighthouse\.(.|\n)*It is green now\./);
    expect(again.isUsable()).toBe(true);
  });

  it("has its conversations gone on with, whatever access they had", async ({ sandbox, driver }) => {
    const begun = await sandbox.run(
      [sandbox.clis.claude, "-p", "--permission-mode=acceptEdits", "--output-format=json"],
      { input: "Remember the lighthouse." },
    );
    const { session_id: nativeId } = JSON.parse(begun.stdout) as { session_id: string };
    const ours = await driver.open(await openAs(sandbox, "read", { nativeId }));
    const prompt = script({ shell: "touch made" }, { history: true });
    expect(textOf(await say(ours, prompt))).toMatch(/Remember the lighthouse/);
    expect(await readdir(sandbox.workspace)).not.toContain("made");
  });

  it("is not told that anybody trusts the folder", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write"));
    await say(conversation, "hello");
    await conversation.close();
    const state = await readFile(path.join(sandbox.claudeHome, ".claude.json"), "utf8");
    expect(state).not.toMatch(/"hasTrustDialogAccepted": true/);
  });
});
