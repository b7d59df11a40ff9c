import { createCodexDriver } from "../../src/agents/codex/driver.ts";
import { codexConfig } from "../../testkit/sandbox.ts";
import { processesOf } from "../../testkit/processes.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

describe("the app-servers", () => {
  it("are shared by the turns of one environment, also when they open at once", async ({
    sandbox,
    driver,
  }) => {
    const [one, two] = await Promise.all([
      driver.open(openAs(sandbox, "read")),
      driver.open(openAs(sandbox, "write")),
    ]);
    const turns = [one, two].map((conversation) =>
      conversation.run(script({ say: conversation.nativeId, wait_for: "both" }), () => undefined),
    );
    await Promise.all(
      [one, two].map(({ nativeId }) => sandbox.model.waitForRequest(({ session }) => session === nativeId)),
    );
    await expect.poll(() => appServers(sandbox)).toHaveLength(1);
    sandbox.model.release("both");
    const outcomes = await Promise.all(turns.map(({ outcome }) => outcome));
    expect(outcomes.map(textOf)).toEqual([one.nativeId, two.nativeId]);
    await Promise.all([one.close(), two.close()]);
  });

  it("are separate for separate environments", async ({ sandbox, driver }) => {
    await sandbox.writeUserFile("home/.codex-other/config.toml", codexConfig(sandbox.model.url));
    const env = { ...sandbox.env, CODEX_HOME: `${sandbox.home}/.codex-other` };
    const here = await driver.open(openAs(sandbox, "read"));
    const there = await driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
    await expect.poll(() => appServers(sandbox)).toHaveLength(2);
    await Promise.all([say(here, "here"), say(there, "there")]);
    await Promise.all([here.close(), there.close()]);
    await expect(driver.open(openAs(sandbox, "read", { nativeId: there.nativeId }))).rejects.toMatchObject({
      error: { code: "session_not_found" },
    });
  });

  it("end when they have held nothing for a while, and start again by need", async ({ sandbox }) => {
    const driver = createCodexDriver({ idleMs: 1 });
    const first = await driver.open(openAs(sandbox, "read"));
    await say(first, "hello");
    await first.close();
    await expect.poll(() => appServers(sandbox), { timeout: 5_000 }).toEqual([]);
    const second = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    expect(textOf(await say(second, "again"))).toBe("You said: again");
    await second.close();
    await driver.close();
  });

  it("leave nothing behind when the driver closes in the middle of a command", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ shell: "sleep 321" }), () => undefined);
    await running(sandbox, "sleep 321");
    await driver.close();
    expect(await turn.outcome).toMatchObject({ status: "failed", error: { code: "agent_crashed" } });
    await gone(sandbox, "sleep 321");
  });
});

describe("an interrupted turn", () => {
  it("ends as interrupted, and so does the command it ran", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ shell: "sleep 322" }), () => undefined);
    await running(sandbox, "sleep 322");
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    await gone(sandbox, "sleep 322");
    expect(textOf(await say(conversation, "go on"))).toBe("You said: go on");
    await conversation.close();
  });

  it("ends also when it is interrupted as soon as it is started", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    for (let round = 0; round < 5; round += 1) {
      const turn = conversation.run(script({ hang: true }), () => undefined);
      await turn.interrupt();
      expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    }
    await conversation.close();
  });

  it("ends a model that never answers", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("hang"));
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted", usage: null });
    await turn.interrupt();
    await conversation.close();
  });

  it("is what becomes of a turn whose conversation is closed", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ shell: "sleep 323" }), () => undefined);
    await running(sandbox, "sleep 323");
    await Promise.all([conversation.close(), conversation.close()]);
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    expect(conversation.isUsable()).toBe(false);
    await gone(sandbox, "sleep 323");
  });
});

describe("a killed app-server", () => {
  it("fails its turn at once, and the conversation goes on in the next", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "read"));
    await say(first, "The word is lighthouse.");
    const turn = first.run(script({ shell: "sleep 324" }), () => undefined);
    await running(sandbox, "sleep 324");
    const [server] = await appServers(sandbox);
    process.kill(server?.pid ?? -1, "SIGKILL");
    expect(await turn.outcome).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed", retryable: true },
    });
    expect(first.isUsable()).toBe(false);
    expect(await say(first, "anybody?")).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed" },
    });
    await gone(sandbox, "sleep 324");
    const again = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    expect(textOf(await say(again, script({ history: true })))).toContain("user: The word is lighthouse.");
    await first.close();
    await again.close();
  });
});

interface Running {
  readonly pid: number;
  readonly command: string;
}

/** A process that was just forked shows its parent's command for a moment: poll for the number. */
async function appServers(sandbox: Sandbox): Promise<readonly Running[]> {
  return (await processesOf(sandbox.root)).filter(({ command }) => /codex app-server/.test(command));
}

async function commands(sandbox: Sandbox, text: string): Promise<readonly Running[]> {
  return (await processesOf(sandbox.root)).filter(({ command }) => command.includes(text));
}

async function running(sandbox: Sandbox, text: string): Promise<void> {
  await expect
    .poll(async () => (await commands(sandbox, text)).length, { timeout: 10_000 })
    .toBeGreaterThan(0);
}

async function gone(sandbox: Sandbox, text: string): Promise<void> {
  await expect.poll(() => commands(sandbox, text), { timeout: 3_000 }).toEqual([]);
}
