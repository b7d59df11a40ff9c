import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

describe("baton mcp", () => {
  it("answers the handshake and the list of tools without a hub", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    const { result } = await client.request("tools/list").answer;
    const tools = result?.["tools"] as { name: string; annotations: { readOnlyHint: boolean } }[];
    expect(tools.map(({ name, annotations }) => `${name} ${annotations.readOnlyHint}`)).toEqual([
      "ask_agent true",
      "ask_panel true",
      "delegate_task false",
      "wait_tasks true",
      "read_task true",
      "list_sessions true",
      "steer_task false",
      "cancel_task false",
      "handoff_session false",
      "answer_request false",
    ]);
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: false });
    await client.close();
  });

  it("says in its first 240 characters when to use it, in the words of a search", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    for (const words of ["another coding agent", "Codex", "Claude", "second opinion", "review", "question"]) {
      expect(client.instructions.slice(0, 240)).toContain(words);
    }
    await client.close();
  });

  it("refuses what it does not know at once", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const { error } = await client.request("server/discover", {}).answer;
    expect(error?.code).toBe(-32_601);
    await client.close();
  });

  it("says the answer and the ids in both forms, and what to call next", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const result = await client.call("ask_agent", { agent: "codex", prompt: 'SCRIPT [{"say":"bonjour"}]' });
    const { id, session, native_id, next, answer } = result.structuredContent;
    expect(answer).toBe("bonjour");
    expect(next).toContain(session);
    const text = result.content[0]?.text ?? "";
    for (const part of ["bonjour", id, session, native_id]) expect(text).toContain(part);
    await client.close();
  });

  it("returns a call that would outlast its client as working, and waits on", async ({ sandbox }) => {
    const client = await connectMcp(sandbox, { args: ["--max-wait", "400ms"] });
    const asked = await client.call("ask_agent", { agent: "codex", prompt: HELD });
    const { id, status, next } = asked.structuredContent;
    expect(status).toBe("working");
    expect(next).toContain("wait_tasks");
    const again = await client.call("wait_tasks", { tasks: [id] });
    expect(again.structuredContent["status"]).toBe("working");
    sandbox.model.release("go");
    const waiting = await connectMcp(sandbox);
    const done = await waiting.call("wait_tasks", { tasks: [id] });
    expect(done.structuredContent).toMatchObject({ status: "completed", answer: "late" });
    await Promise.all([client.close(), waiting.close()]);
  });

  it("gives with a task that still works what has arrived of its answer", async ({ sandbox }) => {
    const client = await connectMcp(sandbox, { args: ["--max-wait", "4500ms"] });
    const prompt = 'SCRIPT [{"say":"the first words and many more","chunk":10,"delay_ms":20000}]';
    const asked = await client.call("ask_agent", { agent: "codex", prompt });
    expect(asked.structuredContent).toMatchObject({ status: "working", answer: "the first " });
    expect(asked.content[0]?.text).toContain("the first ");
    const { structuredContent } = await client.call("cancel_task", { task: asked.structuredContent["id"] });
    expect(structuredContent).toMatchObject({ status: "cancelled", answer: "the first " });
    await client.close();
  });

  it("tells a client that waits what goes on", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const asked = client.call("ask_agent", { agent: "codex", prompt: HELD });
    const progress = await client.notification(({ method }) => method === "notifications/progress");
    expect(progress.params).toMatchObject({ progress: 1, message: expect.any(String) });
    sandbox.model.release("go");
    await asked;
    await client.close();
  });

  it("cancels the task when a person interrupts the call", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    const { id } = client.request("tools/call", {
      name: "ask_agent",
      arguments: { agent: "codex", prompt: HELD },
    });
    await sandbox.model.waitForRequest(({ side }) => !side);
    client.notify("notifications/cancelled", { requestId: id, reason: "interrupted by the user" });
    const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
    await baton.run(["wait", String(items[0]?.id)]);
    expect(await baton.task(["show", String(items[0]?.id)])).toMatchObject({
      status: "cancelled",
      error: null,
    });
    await client.close();
  });

  it("leaves the task running when its client runs out of time", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    const { id } = client.request("tools/call", {
      name: "ask_agent",
      arguments: { agent: "codex", prompt: HELD },
    });
    await sandbox.model.waitForRequest(({ side }) => !side);
    client.notify("notifications/cancelled", { requestId: id, reason: "SdkError: Request timed out" });
    const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
    sandbox.model.release("go");
    const { stdout } = await baton.run(["wait", String(items[0]?.id)]);
    expect(stdout).toBe("late\n");
    await client.close();
  });

  it("leaves the task running when its client goes away", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    client.request("tools/call", { name: "ask_agent", arguments: { agent: "codex", prompt: HELD } });
    await sandbox.model.waitForRequest(({ side }) => !side);
    client.kill("SIGKILL");
    const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
    sandbox.model.release("go");
    const { stdout } = await baton.run(["wait", String(items[0]?.id)]);
    expect(stdout).toBe("late\n");
  });

  it("keeps a result below what clients cut, and gives the rest exactly", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const prompt = 'SCRIPT [{"say_characters":90000}]';
    let result = await client.call("ask_agent", { agent: "codex", prompt });
    let answer = String(result.structuredContent["answer"]);
    while (result.structuredContent["more"] !== null) {
      expect(JSON.stringify(result).length).toBeLessThan(32_000);
      const { offset } = result.structuredContent["more"] as { offset: number };
      result = await client.call("read_task", { task: result.structuredContent["id"], offset });
      answer += String(result.structuredContent["answer"]);
    }
    expect(answer).toHaveLength(90_000);
    expect(answer.endsWith("END")).toBe(true);
    await client.close();
  });

  it("waits for several tasks at once, for all or for any, within one result", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const ask = async (prompt: string) => {
      const { structuredContent } = await client.call("ask_agent", {
        agent: "codex",
        prompt,
        background: true,
      });
      return String(structuredContent["id"]);
    };
    const tasks = [await ask('SCRIPT [{"say_characters":40000}]'), await ask(HELD)];
    const any = await client.call("wait_tasks", { tasks, mode: "any" });
    const items = any.structuredContent["items"] as { id: string; status: string }[];
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [tasks[0], "completed"],
      [tasks[1], "working"],
    ]);
    expect(JSON.stringify(any).length).toBeLessThan(32_000);
    sandbox.model.release("go");
    const all = await client.call("wait_tasks", { tasks });
    expect(JSON.stringify(all.structuredContent)).toContain('"answer":"late"');
    expect(JSON.stringify(all).length).toBeLessThan(32_000);
    await client.close();
  });

  it("begins the text of a failure with its code", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const failures: [string, unknown, string][] = [
      ["ask_agent", { agent: "nobody", prompt: "x" }, "invalid_argument"],
      ["ask_agent", { agent: "codex" }, "invalid_argument"],
      ["ask_agent", { agent: "codex", prompt: "x", command: "rm" }, "invalid_argument"],
      ["ask_agent", { agent: "codex", prompt: "x", session: "s_none" }, "session_not_found"],
      ["read_task", { task: "t_none" }, "task_not_found"],
      ["ask_agent", { agent: "codex", prompt: 'SCRIPT [{"fail":{"status":401}}]' }, "agent_auth"],
    ];
    for (const [tool, args, code] of failures) {
      const result = await client.call(tool, args);
      expect(result.isError).toBe(true);
      expect(result.content[0]?.text).toMatch(new RegExp(`^ERROR ${code}: `));
    }
    await client.close();
  });

  it("works where its client works, and never in the home folder unasked", async ({ sandbox }) => {
    const client = await connectMcp(sandbox, { cwd: sandbox.home });
    const refused = await client.call("ask_agent", { agent: "codex", prompt: "x" });
    expect(refused.content[0]?.text).toMatch(/^ERROR cwd_denied: /);
    const told = await client.call("ask_agent", { agent: "codex", prompt: "x", cwd: sandbox.workspace });
    expect(told.structuredContent["cwd"]).toBe(sandbox.workspace);
    await client.close();
    const workspaces = { [sandbox.workspace]: {} };
    const meta = { threadId: "01a2", "x-codex-turn-metadata": { workspaces } };
    const codex = await connectMcp(sandbox, { cwd: sandbox.home, meta });
    const attested = await codex.call("ask_agent", { agent: "codex", prompt: "x" });
    expect(attested.structuredContent).toMatchObject({ cwd: sandbox.workspace, lineage: { root: "01a2" } });
    await codex.close();
  });

  it("lists the conversations of its own repository", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    await client.call("ask_agent", { agent: "codex", prompt: "here", session: "mine" });
    await baton.run(["ask", "codex", "--cwd", sandbox.codexHome, "--session", "other", "there"]);
    const { structuredContent, content } = await client.call("list_sessions", {});
    expect(structuredContent["items"]).toMatchObject([{ name: "mine", agent: "codex" }]);
    expect(content[0]?.text).toContain("mine");
    await client.close();
  });
});
