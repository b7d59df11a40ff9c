import { writeFile } from "node:fs/promises";
import path from "node:path";

import { processesOf, waitForCommand } from "../../testkit/processes.ts";
import { describe, expect, it } from "../support/baton.ts";

const CONFIG = "home/.config/baton/config.toml";

describe.for(["codex", "claude"])("a task of %s", (agent) => {
  it("is cancelled by Ctrl-C in the command that waits for it, with all that its agent has started", async ({
    sandbox,
    baton,
  }) => {
    const running = baton.start(["ask", agent, 'SCRIPT [{"shell":"tail -f README.md"}]']);
    await waitForCommand(sandbox.root, "tail -f README.md");
    running.kill("SIGINT");
    const { code, stderr } = await running.result;
    expect(code).toBe(130);
    expect(stderr).toContain("cancelled");
    const { items } = (await baton.json(["tasks"])) as { items: unknown[] };
    expect(items).toMatchObject([{ status: "cancelled", error: null }]);
    expect((await processesOf(sandbox.root)).filter(({ command }) => command.includes("tail -f"))).toEqual(
      [],
    );
  });

  it("is cancelled by its id, and its conversation goes on", async ({ sandbox, baton }) => {
    const { id, session } = await baton.task(["ask", agent, "--background", 'SCRIPT [{"hang":true}]']);
    await sandbox.model.waitForRequest(({ side }) => !side);
    const cancelled = await baton.run(["cancel", id]);
    expect(cancelled.code).toBe(0);
    expect(await baton.task(["show", id])).toMatchObject({ status: "cancelled" });
    const next = await baton.task(["ask", agent, "--session", session, 'SCRIPT [{"say":"yes"}]']);
    expect(next.answer).toBe("yes");
  });

  it("ends at its wall limit", async ({ baton }) => {
    const { code, stdout } = await baton.run([
      "ask",
      agent,
      "--json",
      "--timeout",
      "1500ms",
      'SCRIPT [{"hang":true}]',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "failed", error: { code: "agent_timeout" } });
    expect(code).toBe(1);
  });

  it("ends when the agent is silent for too long", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile(CONFIG, '[limits]\nidle_timeout = "1500ms"\n');
    const task = await baton.task(["ask", agent, 'SCRIPT [{"hang":true}]']);
    expect(task.error).toMatchObject({ code: "agent_timeout", message: expect.stringContaining("silent") });
  });

  it("whose agent is not installed says what to do", async ({ sandbox, baton }) => {
    const env = { ...sandbox.env, PATH: "/usr/bin:/bin" };
    const { code, stderr } = await baton.run(["ask", agent, "hello"], { env });
    expect(code).toBe(3);
    expect(stderr).toContain("agent_unavailable");
    expect(stderr).toMatch(/install/i);
  });

  it("whose agent is too old says what to do", async ({ sandbox, baton }) => {
    const old = path.join(sandbox.root, "old-agent");
    // Codex before it had an app-server takes the word for a prompt.
    const words =
      agent === "codex" ? "Error: stdin is not a terminal" : "error: unknown option '--session-id'";
    await writeFile(old, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, { mode: 0o755 });
    const env = { ...sandbox.env, [`BATON_${agent.toUpperCase()}_BIN`]: old };
    const { code, stderr } = await baton.run(["ask", agent, "hello"], { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/too old/i);
    expect(stderr).toMatch(/update/i);
  });

  it("can be opened in the agent's own CLI, and goes on with what was said there", async ({
    sandbox,
    baton,
  }) => {
    const first = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"say":"heron"}]']);
    const id = String(first.native_id);
    const own: readonly [string, ...string[]] =
      agent === "codex"
        ? ["codex", "exec", "resume", id, 'SCRIPT [{"history":true}]']
        : ["claude", "-p", "--resume", id, "--", 'SCRIPT [{"history":true}]'];
    const { stdout, code } = await sandbox.run(own);
    expect(stdout).toContain("assistant: heron");
    expect(code).toBe(0);
    const next = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"history":true}]']);
    expect(next.answer).toContain("assistant: user:");
  });

  it("goes on with a conversation that was begun in the agent's own CLI", async ({ sandbox, baton }) => {
    const id = "5d0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a11";
    const said = 'SCRIPT [{"say":"heron"}]';
    const own: readonly [string, ...string[]] =
      agent === "codex"
        ? ["codex", "exec", "--json", said]
        : ["claude", "-p", "--output-format", "json", "--session-id", id, "--", said];
    const { stdout } = await sandbox.run(own);
    const began = agent === "codex" ? (/"thread_id":"([^"]+)"/.exec(stdout)?.[1] ?? "") : id;
    const task = await baton.task(["ask", agent, "--session", began, 'SCRIPT [{"history":true}]']);
    expect(task).toMatchObject({ status: "completed", native_id: began });
    expect(task.answer).toContain("assistant: heron");
  });

  it("in a conversation that the agent does not know says so", async ({ baton }) => {
    const unknown = "5d0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a12";
    const { code, stderr } = await baton.run(["ask", agent, "--session", unknown, "hello"]);
    expect(code).toBe(2);
    expect(stderr).toContain("session_not_found");
  });

  it("queues behind an earlier one in the same session, and says so", async ({ sandbox, baton }) => {
    const held = 'SCRIPT [{"say":"first","wait_for":"go"}]';
    const first = await baton.task(["ask", agent, "--session", "talk", "--background", held]);
    const second = await baton.task([
      "ask",
      agent,
      "--session",
      "talk",
      "--background",
      'SCRIPT [{"history":true}]',
    ]);
    expect(second).toMatchObject({ session: first.session, status: "queued", queue: { position: 1 } });
    expect(second.queue?.reason).toContain("busy");
    sandbox.model.release("go");
    const done = await baton.task(["wait", second.id]);
    expect(done.answer).toContain("assistant: first");
  });
});

describe("an agent that nobody has logged in", () => {
  it("says how, for Codex", async ({ sandbox, baton }) => {
    const home = path.join(sandbox.home, "new-codex");
    await sandbox.writeUserFile("home/new-codex/config.toml", "");
    const env = { ...sandbox.env, CODEX_HOME: home };
    const { code, stderr } = await baton.run(["ask", "codex", "hello"], { env });
    expect(code).toBe(3);
    expect(stderr).toContain("codex login");
  });

  it("says how, for Claude Code", async ({ sandbox, baton }) => {
    const { ANTHROPIC_API_KEY: _, ...env } = sandbox.env;
    const { code, stderr } = await baton.run(["ask", "claude", "hello"], { env });
    expect(code).toBe(3);
    expect(stderr).toContain("/login");
  });
});
