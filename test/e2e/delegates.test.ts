import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { connectMcp, type McpClient, type ToolResult } from "../support/mcp-client.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

/** A task that runs until the model lets it go, and a client that its Codex attests. */
async function delegate(
  sandbox: Sandbox,
  baton: Baton,
  args: readonly string[] = ["ask", "codex"],
): Promise<{ task: Task; client: McpClient }> {
  const before = sandbox.model.requests.length;
  const { id } = await baton.task([...args, "--background", HELD]);
  await sandbox.model.waitForRequest(
    (request) => sandbox.model.requests.indexOf(request) >= before && !request.side,
  );
  const task = await baton.task(["show", id]);
  return { task, client: await connectMcp(sandbox, { client: "codex-mcp-client", meta: attested(task) }) };
}

const attested = ({ native_id }: Task, thread = native_id) => ({ threadId: thread, sessionId: native_id });

const codeOf = ({ isError, content }: ToolResult) =>
  isError === true ? /^ERROR (\w+):/.exec(content[0]?.text ?? "")?.[1] : "ok";

describe("a delegate", () => {
  it("is known by what its agent attests: its tasks stand below it, a sub-agent's too", async ({
    sandbox,
    baton,
  }) => {
    const { task, client } = await delegate(sandbox, baton);
    const asked = await client.call("ask_agent", { agent: "claude", prompt: "hello" });
    expect(asked.structuredContent).toMatchObject({
      lineage: { root: task.lineage.root, parent: task.id, depth: 2 },
    });
    const subAgent = await connectMcp(sandbox, { meta: attested(task, "01a20b65-sub-agent") });
    const fromSubAgent = await subAgent.call("ask_agent", { agent: "claude", prompt: "and this" });
    expect(fromSubAgent.structuredContent).toMatchObject({ lineage: { parent: task.id, depth: 2 } });
    sandbox.model.release("go");
    await Promise.all([client.close(), subAgent.close()]);
  });

  it("sees its own line and what is below, nothing beside it", async ({ sandbox, baton }) => {
    const other = await baton.task(["ask", "claude", "--session", "private", "a secret"]);
    const { task, client } = await delegate(sandbox, baton);
    const below = await client.call("ask_agent", { agent: "claude", prompt: HELD, background: true });
    const child = String(below.structuredContent["id"]);
    const may = async (tool: string, args: unknown) => codeOf(await client.call(tool, args));
    expect(await may("read_task", { task: task.id })).toBe("ok");
    expect(await may("read_task", { task: child })).toBe("ok");
    for (const tool of ["read_task", "cancel_task"]) {
      expect(await may(tool, { task: other.id })).toBe("task_not_found");
    }
    expect(await may("steer_task", { task: other.id, text: "x" })).toBe("task_not_found");
    expect(await may("wait_tasks", { tasks: [other.id] })).toBe("task_not_found");
    expect(await may("cancel_task", { task: task.id })).toBe("access_denied");
    expect(await may("steer_task", { task: task.id, text: "x" })).toBe("access_denied");
    for (const session of [other.session, "private", String(other.native_id)]) {
      expect(await may("ask_agent", { agent: "claude", prompt: "tell me", session })).toBe(
        "session_not_found",
      );
    }
    const { structuredContent } = await client.call("list_sessions", {});
    const ids = (structuredContent["items"] as { id: string }[]).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([task.session, String(below.structuredContent["session"])].toSorted());
    expect(await may("cancel_task", { task: child })).toBe("ok");
    sandbox.model.release("go");
    await client.close();
  });

  it("that reads starts only what reads", async ({ sandbox, baton }) => {
    const { client } = await delegate(sandbox, baton);
    const work = await client.call("delegate_task", { agent: "claude", prompt: "change it" });
    expect(codeOf(work)).toBe("access_denied");
    expect(work.content[0]?.text).toContain("read access");
    sandbox.model.release("go");
    await client.close();
  });

  it("that writes cannot have more, nor work elsewhere, nor approve what it asks itself", async ({
    sandbox,
    baton,
  }) => {
    await sandbox.writeUserFile(
      "home/.config/baton/config.toml",
      '[access]\nmax = "full"\n[approvals]\nby_model = true\n',
    );
    const { client } = await delegate(sandbox, baton, ["delegate", "codex"]);
    const may = async (args: Record<string, unknown>) =>
      codeOf(await client.call("delegate_task", { agent: "claude", prompt: "do it", ...args }));
    expect(await may({ access: "full" })).toBe("access_denied");
    expect(await may({ cwd: sandbox.home })).toBe("cwd_denied");
    await symlink(sandbox.home, path.join(sandbox.workspace, "out"));
    expect(await may({ cwd: "out" })).toBe("cwd_denied");
    await mkdir(path.join(sandbox.workspace, "inside"));
    expect(await may({ cwd: "inside" })).toBe("ok");
    expect(codeOf(await client.call("answer_request", { request: "r_none", decision: "approve" }))).toBe(
      "request_not_found",
    );
    sandbox.model.release("go");
    await client.close();
  });

  it("is refused a session that waits above, and its own prompt again", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_depth = 5\n");
    const { task, client } = await delegate(sandbox, baton);
    const again = await client.call("ask_agent", { agent: "codex", prompt: "hm", session: task.session });
    expect([codeOf(again), again.content[0]?.text]).toEqual([
      "loop_cycle",
      expect.stringContaining(`the session of task ${task.id} waits above`),
    ]);
    const same = await client.call("ask_agent", { agent: "codex", prompt: `  ${HELD}\n` });
    expect(codeOf(same)).toBe("loop_cycle");
    sandbox.model.release("go");
    await client.close();
  });

  it("ends with what it has asked for, when it is cancelled", async ({ sandbox, baton }) => {
    const { task, client } = await delegate(sandbox, baton);
    const below = await client.call("ask_agent", { agent: "claude", prompt: HELD, background: true });
    await baton.run(["cancel", task.id]);
    const child = await baton.task(["wait", String(below.structuredContent["id"])]);
    expect(child).toMatchObject({ status: "cancelled", error: null });
    await client.close();
  });

  it("may have many tasks below it, and not one more", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_tasks_below = 2\n");
    const { client } = await delegate(sandbox, baton);
    const ask = async (prompt: string) => codeOf(await client.call("ask_agent", { agent: "claude", prompt }));
    expect([await ask("one"), await ask("two"), await ask("three")]).toEqual(["ok", "ok", "fan_out"]);
    sandbox.model.release("go");
    await client.close();
  });

  it("frees its place while it waits, so that the narrowest limits lock nothing", async ({
    sandbox,
    baton,
  }) => {
    const limits = "[limits]\nmax_running = 1\nmax_running_per_agent = 1\n";
    await sandbox.writeUserFile("home/.config/baton/config.toml", limits);
    const { client } = await delegate(sandbox, baton);
    const asked = await client.call("ask_agent", { agent: "claude", prompt: "hello" });
    expect(asked.structuredContent["status"]).toBe("completed");
    sandbox.model.release("go");
    await client.close();
  });
});

describe("a root", () => {
  it("of an agent sees what it has asked for, and not what others have", async ({ sandbox, baton }) => {
    const mine = await baton.task(["ask", "codex", "mine"]);
    const client = await connectMcp(sandbox);
    expect(codeOf(await client.call("read_task", { task: mine.id }))).toBe("task_not_found");
    const asked = await client.call("ask_agent", { agent: "codex", prompt: "theirs" });
    expect(codeOf(await client.call("read_task", { task: asked.structuredContent["id"] }))).toBe("ok");
    expect(await baton.task(["show", String(asked.structuredContent["id"])])).toMatchObject({
      title: "theirs",
    });
    await client.close();
  });

  it("has no more to give than the sandbox that it runs in", async ({ sandbox }) => {
    const meta = { threadId: "01a2", "x-codex-turn-metadata": { sandbox_mode: "read-only" } };
    const client = await connectMcp(sandbox, { client: "codex-mcp-client", meta });
    const refused = await client.call("delegate_task", { agent: "claude", prompt: "x" });
    expect(codeOf(refused)).toBe("access_denied");
    expect(codeOf(await client.call("ask_agent", { agent: "claude", prompt: "x" }))).toBe("ok");
    await client.close();
  });

  it("may ask all day, again and again, in one conversation or in many", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_tasks_below = 1\n");
    const client = await connectMcp(sandbox);
    for (const session of ["a", "a", "b"]) {
      expect(codeOf(await client.call("ask_agent", { agent: "codex", prompt: "the same", session }))).toBe(
        "ok",
      );
    }
    expect(((await baton.json(["tasks"])) as { items: unknown[] }).items).toHaveLength(3);
    await client.close();
  });

  it("stops where its money is used up, before the next task", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nbudget_usd_per_root = 0.001\n");
    const client = await connectMcp(sandbox);
    const ask = () =>
      client.call("ask_agent", {
        agent: "claude",
        prompt: 'SCRIPT [{"say":"x","usage":{"input":100000,"output":1000}}]',
      });
    expect(codeOf(await ask())).toBe("ok");
    const refused = await ask();
    expect([codeOf(refused), refused.content[0]?.text]).toEqual([
      "budget_exceeded",
      expect.stringContaining("budget_usd_per_root"),
    ]);
    // Another root has its own.
    expect((await baton.run(["ask", "claude", "hello"])).code).toBe(0);
    await client.close();
  });
});
