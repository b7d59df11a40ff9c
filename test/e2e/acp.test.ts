import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Session } from "../../src/contracts/session.ts";
import { addOpencode } from "../../testkit/opencode.ts";
import { waitForCommand, waitForNone } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const FIXTURE = path.join(import.meta.dirname, "../fixtures/acp-agent.mjs");
const script = (...steps: readonly unknown[]) => `SCRIPT ${JSON.stringify(steps)}`;
const todo = (...steps: readonly unknown[]) => `DO ${JSON.stringify(steps)}`;

/** Writes the user's config. */
async function configure(sandbox: Sandbox, text: string): Promise<void> {
  const file = sandbox.env["BATON_CONFIG"] ?? "";
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

const OPENCODE = '[agents.opencode]\nprotocol = "acp"\ncommand = ["opencode", "acp"]\n';

/** The imitation of an agent, as a config names it. */
function imitation(settings: Readonly<Record<string, unknown>>, more = ""): string {
  const command = JSON.stringify([process.execPath, FIXTURE, JSON.stringify(settings)]);
  return `[agents.imitation]\nprotocol = "acp"\ncommand = ${command}\n${more}`;
}

describe("opencode, which nothing but three lines of the config name", () => {
  it("is asked, goes on, works, and is listed like the agents that Baton knows", async ({
    baton,
    sandbox,
  }) => {
    const unknown = await baton.run(["ask", "opencode", "hello"]);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('[agents.opencode]\nprotocol = "acp"'),
    ]);

    await addOpencode(sandbox);
    await configure(sandbox, OPENCODE);
    const first = await baton.task(["ask", "opencode", "Remember the lighthouse."]);
    expect(first).toMatchObject({
      status: "completed",
      agent: "opencode",
      native_id: expect.stringMatching(/^ses_/),
      answer: "You said: Remember the lighthouse.",
      usage: { input_tokens: expect.any(Number), cost_usd: expect.any(Number) },
    });
    const nativeId = first.native_id ?? "";
    const more = await baton.task(["ask", "opencode", "--continue", script({ history: true })]);
    expect([more.session, more.answer]).toEqual([first.session, expect.stringContaining("lighthouse")]);

    const { items } = (await baton.json(["sessions"])) as { items: readonly Session[] };
    expect(items).toMatchObject([
      {
        agent: "opencode",
        native_id: nativeId,
        tasks: 2,
        resume: { argv: ["opencode", "--session", nativeId], env: {} },
      },
    ]);

    const client = await connectMcp(sandbox);
    const asked = await client.call("ask_agent", {
      agent: "opencode",
      session: nativeId,
      prompt: script({ history: true }),
    });
    await client.close();
    expect(asked.structuredContent).toMatchObject({
      session: first.session,
      answer: expect.stringContaining("lighthouse"),
    });

    const file = path.join(sandbox.workspace, "new.txt");
    const write = script(
      { call: { name: "write", input: { filePath: file, content: "new" } } },
      { say: "written" },
    );
    const work = await baton.task(["delegate", "opencode", "--session", nativeId, write]);
    expect(work).toMatchObject({
      answer: "written",
      changes: [{ path: expect.stringContaining("new.txt"), kind: "add" }],
    });
    expect(await readFile(file, "utf8")).toBe("new");

    // In a worktree, which lies in Baton's own folder, it reads and writes all the same.
    const apart = script(
      { call: { name: "glob", input: { pattern: "README.md" } } },
      { call: { name: "write", input: { filePath: "apart.txt", content: "apart" } } },
      { tool_result: true },
    );
    const isolated = await baton.task(["delegate", "opencode", "--isolation", "worktree", apart]);
    expect(isolated).toMatchObject({
      status: "completed",
      isolation: "worktree",
      changes: [{ path: "apart.txt", kind: "add" }],
    });
  }, 300_000);
});

describe("an agent that the config names", () => {
  it("gets the variables that it names and no other, and is another one with another command", async ({
    baton,
    sandbox,
  }) => {
    await configure(
      sandbox,
      imitation({}, 'env_vars = ["IMITATION_KEY"]\nresume = ["imitate", "--open", "{id}"]\n'),
    );
    const env = { ...sandbox.env, IMITATION_KEY: "its own", OTHER_KEY: "not its own" };
    const task = await baton.task(["ask", "imitation", "--session", "talk", todo({ tell: "env" })], { env });
    const seen = JSON.parse(task.answer ?? "{}") as Record<string, string>;
    expect(seen).toMatchObject({ IMITATION_KEY: "its own", BRIDGE_DEPTH: "1" });
    expect(Object.keys(seen)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(OTHER_KEY|ANTHROPIC_|BATON_HOME)/)]),
    );
    const { items } = (await baton.json(["sessions"])) as { items: readonly Session[] };
    expect(items[0]?.resume?.argv).toEqual(["imitate", "--open", task.native_id]);

    // The same hub, the same session: the new command does not know the conversation, which is rebuilt from the record.
    await configure(sandbox, imitation({ unknown: true }));
    const next = await baton.task(["ask", "imitation", "--session", "talk", "go on"], { env });
    expect(next).toMatchObject({
      status: "completed",
      session: task.session,
      answer: expect.stringContaining("go on"),
    });
    expect(next.native_id).not.toBe(task.native_id);
    expect(next.warnings.join()).toContain("rebuilt from Baton's own record");
    const listed = (await baton.json(["agents", "imitation"])) as { items: readonly unknown[] };
    expect(listed.items).toMatchObject([
      {
        agent: "imitation",
        version: "1.2.3",
        access: [{ level: "read" }, { level: "write" }, { level: "full" }],
      },
    ]);
  }, 60_000);

  it("is cancelled within seconds even when it does not obey, and nothing of it is left", async ({
    baton,
    sandbox,
  }) => {
    await configure(sandbox, imitation({ obeys: false }));
    const { id } = await baton.task([
      "delegate",
      "imitation",
      "--background",
      todo({ run: ["sleep", "323"] }, { wait: 1 }),
    ]);
    await waitForCommand(sandbox.root, "sleep 323");
    const began = performance.now();
    await baton.run(["cancel", id]);
    expect(await baton.json(["show", id])).toMatchObject({ status: "cancelled" });
    expect(performance.now() - began).toBeLessThan(8_000);
    await baton.run(["hub", "stop"]);
    expect(await waitForNone(sandbox.root, 1_000)).toEqual([]);
  }, 60_000);

  it.runIf(process.platform === "linux")(
    "costs the hub little memory, whatever it writes",
    async ({ baton, sandbox }) => {
      await configure(sandbox, imitation({}));
      const peak = async () => {
        const status = await readFile(`/proc/${await baton.hubPid()}/status`, "utf8");
        return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
      };
      await baton.task(["ask", "imitation", "hello"]);
      const before = await peak();
      const task = await baton.task(["ask", "imitation", todo({ megabytes: 200 }, { say: "still here" })]);
      expect([task.answer, task.warnings.join()]).toEqual([
        "still here",
        expect.stringContaining("too long"),
      ]);
      expect((await peak()) - before).toBeLessThan(128);
    },
    90_000,
  );
});
