import { chmod, mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";

import { processesOf, waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { describe, expect, it } from "../support/baton.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

const hubsOf = async (root: string) =>
  (await processesOf(root)).filter(({ command }) => command.includes("hub run"));

describe("the hub", () => {
  it("is one, however many front ends start in the same moment", async ({ sandbox, baton }) => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => baton.json(["hub", "start"]) as Promise<{ pid: number }>),
    );
    expect(new Set(asked.map(({ pid }) => pid)).size).toBe(1);
    const stayed = await hubsOf(sandbox.root);
    expect(stayed.map(({ pid }) => pid)).toContain(asked[0]?.pid);
    await baton.run(["hub", "stop"]);
    expect(await waitForNone(sandbox.root, 5_000)).toEqual([]);
  });

  it("keeps its folder, socket, token and database for this user alone", async ({ sandbox, baton }) => {
    await mkdir(sandbox.batonHome, { recursive: true });
    await chmod(sandbox.batonHome, 0o755);
    await baton.run(["ask", "codex", "hello"]);
    const mode = async (name: string) =>
      ((await stat(path.join(sandbox.batonHome, name))).mode & 0o777).toString(8);
    expect(await mode(".")).toBe("700");
    for (const name of ["hub.sock", "token", "baton.db", "hub.log", "hub.lease"])
      expect(await mode(name)).toBe("600");
  });

  it.for(["codex", "claude"])(
    "may be killed between two turns with %s: the conversation goes on",
    async (agent, { baton }) => {
      const first = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"say":"heron"}]']);
      process.kill(await baton.hubPid(), "SIGKILL");
      const second = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"history":true}]']);
      expect(second).toMatchObject({
        session: first.session,
        native_id: first.native_id,
        status: "completed",
      });
      expect(second.answer).toContain("assistant: heron");
    },
  );

  it.for(["codex", "claude"])(
    "may be killed in the middle of a turn with %s: the task is lost, the conversation goes on, nothing is left",
    async (agent, { sandbox, baton }) => {
      const { id, session } = await baton.task(["ask", agent, "--background", 'SCRIPT [{"hang":true}]']);
      await sandbox.model.waitForRequest(({ side }) => !side);
      process.kill(await baton.hubPid(), "SIGKILL");
      const task = await baton.task(["show", id]);
      expect(task).toMatchObject({ status: "failed", error: { code: "lost", retryable: true } });
      expect(task.native_id).not.toBeNull();
      const next = await baton.task(["ask", agent, "--session", session, 'SCRIPT [{"say":"still here"}]']);
      expect(next).toMatchObject({ status: "completed", answer: "still here", native_id: task.native_id });
    },
  );

  it.for(["codex", "claude"])(
    "that was killed leaves nothing of %s behind once the next one is up, shells included",
    async (agent, { sandbox, baton }) => {
      await baton.run(["ask", agent, "--background", 'SCRIPT [{"shell":"tail -f README.md"}]']);
      await waitForCommand(sandbox.root, "tail -f README.md");
      process.kill(await baton.hubPid(), "SIGKILL");
      await baton.run(["hub", "start"]);
      const left = (await processesOf(sandbox.root)).filter(({ command }) => !command.includes("hub run"));
      expect(left).toEqual([]);
    },
  );

  it("outlives the front end that started a task in the background", async ({ sandbox, baton }) => {
    const { stdout } = await baton.run(["ask", "codex", "--background", HELD]);
    sandbox.model.release("go");
    const waited = await baton.run(["wait", stdout.trim()]);
    expect(waited.stdout).toBe("late\n");
    expect(waited.code).toBe(0);
  });

  it("is replaced under a command that waits: the command gets its task as lost", async ({
    sandbox,
    baton,
  }) => {
    const running = baton.start(["ask", "codex", "--json", HELD]);
    await sandbox.model.waitForRequest(({ side }) => !side);
    process.kill(await baton.hubPid(), "SIGKILL");
    const { code, stdout } = await running.result;
    expect(JSON.parse(stdout)).toMatchObject({ status: "failed", error: { code: "lost" } });
    expect(code).toBe(1);
  });

  it("ends by itself when nobody needs it", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[hub]\nidle_timeout = "200ms"\n');
    const asked = await baton.run(["ask", "claude", "hello"]);
    expect(asked.code).toBe(0);
    expect(await waitForNone(sandbox.root, 10_000)).toEqual([]);
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: false, pid: null });
  });

  it("takes what runs along when it is stopped", async ({ sandbox, baton }) => {
    const running = baton.start(["ask", "codex", "--json", HELD]);
    await sandbox.model.waitForRequest(({ side }) => !side);
    const { stdout } = await baton.run(["hub", "stop"]);
    expect(stdout).toContain("1 task");
    expect(JSON.parse((await running.result).stdout)).toMatchObject({ status: "cancelled" });
  });

  it("serves two shells with two homes of Codex at once", async ({ sandbox, baton }) => {
    const other = path.join(sandbox.home, "other-codex");
    await sandbox.writeUserFile(
      "home/other-codex/config.toml",
      (await import("../../testkit/sandbox.ts")).codexConfig(sandbox.model.url),
    );
    const env = { ...sandbox.env, CODEX_HOME: other };
    const [here, there] = await Promise.all([
      baton.task(["ask", "codex", 'SCRIPT [{"say":"here"}]']),
      baton.task(["ask", "codex", 'SCRIPT [{"say":"there"}]'], { env }),
    ]);
    expect([here.answer, there.answer]).toEqual(["here", "there"]);
    // Continued from the first shell it still is where it began, and the person is told how to get there.
    const again = await baton.task(["ask", "codex", "--session", there.session, 'SCRIPT [{"history":true}]']);
    expect(again.answer).toContain("assistant: there");
    const { items } = (await baton.json(["sessions"])) as { items: { id: string; resume: unknown }[] };
    expect(items.find(({ id }) => id === there.session)?.resume).toEqual({
      argv: ["codex", "resume", there.native_id],
      env: { CODEX_HOME: other },
    });
    expect(items.find(({ id }) => id === here.session)?.resume).toMatchObject({ env: {} });
  });

  it("works in a home whose path is too long for a socket", async ({ sandbox, baton }) => {
    const env = { ...sandbox.env, BATON_HOME: path.join(sandbox.root, "long".repeat(30)) };
    const { socket } = (await baton.json(["hub", "start"], { env })) as { socket: string };
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(socket))).mode & 0o777).toBe(0o700);
    await baton.run(["hub", "stop"], { env });
    await expect(stat(socket)).rejects.toThrow("ENOENT");
  });

  it("says so when its home cannot be used", async ({ sandbox, baton }) => {
    await rm(sandbox.batonHome, { recursive: true, force: true });
    const file = await sandbox.writeUserFile("state", "not a folder");
    const { code, stderr } = await baton.run(["ask", "codex", "hello"]);
    expect(code).toBe(5);
    expect(stderr).toContain(file);
    expect(stderr).toContain("BATON_HOME");
  });
});
