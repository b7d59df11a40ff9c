import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const HISTORY = 'SCRIPT [{"history":true}]';

describe("a conversation with Codex that an agent has asked for", () => {
  it("stays open as long as the agent is there, and is the person's own right afterwards", async ({
    sandbox,
    baton,
  }) => {
    const client = await connectMcp(sandbox);
    const asked = await client.call("ask_agent", { agent: "codex", prompt: 'SCRIPT [{"say":"heron"}]' });
    const id = String(asked.structuredContent["native_id"]);
    const listed = await client.call("list_sessions", {});
    expect(listed.structuredContent["items"]).toMatchObject([{ live: true }]);
    await client.close();
    const own = await sandbox.run(["codex", "exec", "resume", id, HISTORY]);
    expect(own.stdout).toContain("assistant: heron");
    expect(own.code).toBe(0);
    const next = await baton.task(["ask", "codex", "--session", id, HISTORY]);
    expect(next.status).toBe("completed");
  });

  it("is let go of when the person looks for it, and the agent goes on with it later", async ({
    sandbox,
    baton,
  }) => {
    const client = await connectMcp(sandbox);
    const ask = (prompt: string) => client.call("ask_agent", { agent: "codex", prompt, session: "talk" });
    const { structuredContent } = await ask('SCRIPT [{"say":"heron"}]');
    await baton.run(["sessions"]);
    const id = String(structuredContent["native_id"]);
    const own = await sandbox.run(["codex", "exec", "resume", id, 'SCRIPT [{"say":"egret"}]']);
    expect(own.code).toBe(0);
    const next = await ask(HISTORY);
    expect(next.structuredContent["answer"]).toContain("assistant: egret");
    await client.close();
  });

  it("is no concern of another agent's: one that leaves takes nothing of the other along", async ({
    sandbox,
  }) => {
    const [leaving, staying] = await Promise.all([connectMcp(sandbox), connectMcp(sandbox)]);
    await leaving.call("ask_agent", { agent: "codex", prompt: "hello" });
    const held = 'SCRIPT [{"say":"late","wait_for":"go"}]';
    const asked = staying.call("ask_agent", { agent: "codex", prompt: held });
    await sandbox.model.waitForRequest(({ prompt }) => prompt === held);
    leaving.kill("SIGKILL");
    sandbox.model.release("go");
    const { structuredContent } = await asked;
    expect(structuredContent).toMatchObject({ status: "completed", answer: "late" });
    await staying.close();
  });
});
