import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

describe.for(["codex", "claude"])("a running task of %s", (agent) => {
  it("takes a message that is added from a terminal or by a tool", async ({ sandbox, baton }) => {
    const script = 'SCRIPT [{"shell":"sleep 2"},{"history":true}]';
    const client = await connectMcp(sandbox);
    const asked = await client.call("ask_agent", { agent, prompt: script, background: true });
    const id = String(asked.structuredContent["id"]);
    await sandbox.model.waitForRequest(({ side }) => !side);
    const steered = await baton.run(["steer", id, "the tests too"]);
    expect(steered.code).toBe(0);
    const result = await client.call("steer_task", { task: id, text: "and the docs" });
    expect(result.structuredContent["id"]).toBe(id);
    const { status } = await baton.task(["wait", id]);
    expect(status).toBe("completed");
    const sent = JSON.stringify(sandbox.model.requests.filter(({ side }) => !side).map(({ body }) => body));
    expect(sent).toContain("the tests too");
    expect(sent).toContain("and the docs");
    await client.close();
  });

  it("takes none once it is over, and says what to do instead", async ({ baton }) => {
    const { id } = await baton.task(["ask", agent, "hello"]);
    const { code, stderr } = await baton.run(["steer", id, "too late"]);
    expect(code).toBe(1);
    expect(stderr).toContain("conflict");
    expect(stderr).toContain("same session");
    expect((await baton.run(["steer", "t_none", "x"])).code).toBe(2);
  });
});

describe("an answer by a schema", () => {
  it("is refused where the file holds none", async ({ sandbox, baton }) => {
    for (const [text, words] of [
      ["[1]", "holds no JSON Schema"],
      ["{", "is no JSON"],
    ] as const) {
      const file = await sandbox.writeUserFile("home/work/schema.json", text);
      const { code, stderr } = await baton.run(["ask", "codex", "--schema", file, "hello"]);
      expect(code).toBe(2);
      expect(stderr).toContain(words);
    }
  });
});
