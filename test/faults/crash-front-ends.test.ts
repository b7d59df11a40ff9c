import { readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { processesOf, waitForNone } from "../../testkit/processes.ts";
import { describe, expect, it } from "../support/baton.ts";

const POLL_MS = 25;
const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

describe("a front end", () => {
  it("that waits outlives two hubs", async ({ sandbox, baton }) => {
    const asked = baton.start(["ask", "codex", "--json", HELD]);
    await sandbox.model.waitForRequest(({ side }) => !side);
    process.kill(await baton.hubPid(), "SIGKILL");
    const waiting = baton.start(["ask", "claude", "--json", HELD]);
    const first = JSON.parse((await asked.result).stdout) as object;
    expect(first).toMatchObject({ status: "failed", error: { code: "lost" } });
    process.kill(await baton.hubPid(), "SIGKILL");
    sandbox.model.release("go");
    const second = JSON.parse((await waiting.result).stdout) as { status: string; error: unknown };
    if (second.status === "failed") expect(second.error).toMatchObject({ code: "lost" });
    else expect(second.status).toBe("completed");
  });

  it(
    "of twenty notices nothing when the hub is stopped under all of them",
    { timeout: 120_000 },
    async ({ sandbox, baton }) => {
      await baton.run(["ask", "claude", "hello"]);
      const held = baton.start(["ask", "codex", "--json", HELD]);
      await sandbox.model.waitForRequest(({ prompt }) => prompt === HELD);
      const stopping = baton.start(["hub", "stop"]);
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          baton.run(index % 5 === 0 ? ["ask", "codex", "--background", "hello"] : ["tasks"]),
        ),
      );
      expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        all.map(() => ({ code: 0, stderr: "" })),
      );
      expect((await stopping.result).code).toBe(0);
      expect(JSON.parse((await held.result).stdout)).toMatchObject({ status: "cancelled" });
    },
  );

  it("finds the hub behind a socket that is dead, or no socket at all", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    process.kill(await baton.hubPid(), "SIGKILL");
    expect((await baton.run(["tasks"])).code).toBe(0);
    await baton.run(["hub", "stop"]);
    await writeFile(path.join(sandbox.batonHome, "hub.sock"), "no socket");
    expect((await baton.run(["tasks"])).code).toBe(0);
  });

  it("finds the hub again whose socket or token somebody has spoilt", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    const pid = await baton.hubPid();
    await writeFile(path.join(sandbox.batonHome, "token"), "stale");
    expect((await baton.run(["tasks"])).code).toBe(0);
    await rm(path.join(sandbox.batonHome, "hub.sock"));
    await rm(path.join(sandbox.batonHome, "token"));
    expect((await baton.run(["tasks"])).code).toBe(0);
    expect(await baton.hubPid()).toBe(pid);
  });

  it("gets a new hub when the folder is deleted; the old one ends and leaves the new one alone", async ({
    sandbox,
    baton,
  }) => {
    await baton.run(["hub", "start"]);
    const old = await baton.hubPid();
    await rm(sandbox.batonHome, { recursive: true });
    expect((await baton.run(["hub", "start"])).code).toBe(0);
    const pid = await baton.hubPid();
    expect(pid).not.toBe(old);
    await gone(sandbox.root, old);
    expect(await baton.hubPid()).toBe(pid);
    expect((await stat(path.join(sandbox.batonHome, "token"))).isFile()).toBe(true);
  });

  it("that does not come back leaves no hub in a folder that was deleted", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    await rm(sandbox.batonHome, { recursive: true });
    expect(await waitForNone(sandbox.root, 10_000)).toEqual([]);
  });
});

async function gone(root: string, pid: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await processesOf(root)).some((found) => found.pid === pid)) {
    if (performance.now() > deadline) throw new Error("the old hub is still there");
    await delay(POLL_MS);
  }
}

describe("the hub's log", () => {
  it("tells of tasks and agents, and nothing that anybody said", async ({ sandbox, baton }) => {
    const tasks = [];
    for (const agent of ["codex", "claude"])
      tasks.push(await baton.task(["ask", agent, 'SCRIPT [{"say":"heronword"}] secretword']));
    await baton.run(["ask", "codex", 'SCRIPT [{"fail":{"status":500,"message":"secretword","times":9}}]']);
    await baton.run(["hub", "stop"]);
    const log = await readFile(path.join(sandbox.batonHome, "hub.log"), "utf8");
    for (const { id } of tasks) expect(log).toContain(id);
    expect(log).toContain('"status":"completed"');
    expect(log).toContain("an agent has started");
    expect(log).toContain("an agent has ended");
    for (const word of ["secretword", "heronword", "SCRIPT", sandbox.env["MODEL_KEY"] ?? "no key"])
      expect(log).not.toContain(word);
  });
});
