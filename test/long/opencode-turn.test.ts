import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentEvent } from "../../src/contracts/event.ts";
import { describe, expect, it, openAs, say, script, textOf } from "../contract/acp-kit.ts";

describe("a conversation with opencode", () => {
  it("is continued in the same process and in another one, with its history", async ({ sandbox, driver }) => {
    await writeFile(path.join(sandbox.workspace, "AGENTS.md"), "The lamp is lit at dusk.");
    const request = openAs(sandbox, "read", { model: "offline/heron-1" });
    const conversation = await driver.open(request);
    expect(conversation.nativeId).toMatch(/^ses_/);
    const events: AgentEvent[] = [];
    const first = await conversation.run("Remember the lighthouse.", (event) => events.push(event)).outcome;
    expect(textOf(first)).toBe("You said: Remember the lighthouse.");
    expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).toContain("The lamp is lit at dusk.");
    expect(first.usage).toMatchObject({ output_tokens: expect.any(Number), billed_to: "unknown" });
    expect(events).toContainEqual({ type: "message", data: { text: "You said: Remember the lighthouse." } });
    expect(textOf(await say(conversation, "/help me, $HOME and @README.md"))).toContain(
      "/help me, $HOME and @README.md",
    );
    await conversation.close();
    expect(conversation.isUsable()).toBe(false);
    const again = await driver.open({ ...request, nativeId: conversation.nativeId });
    expect(again.nativeId).toBe(conversation.nativeId);
    const history = textOf(await say(again, script({ history: true })));
    expect(history).toContain("user: Remember the lighthouse.");
    expect(history).toContain("/help me, $HOME and @README.md");
    expect(driver.resumeArgv(again.nativeId)).toEqual(["opencode", "--session", again.nativeId]);
  }, 150_000);

  it("that there is not is not found, and a model that there is not is refused with those that there are", async ({
    sandbox,
    driver,
  }) => {
    const errorOf = async (changes: Parameters<typeof openAs>[2]) =>
      driver.open(openAs(sandbox, "read", changes)).then(
        () => null,
        (error: unknown) => (error as { error: unknown }).error,
      );
    const nativeId = "ses_de0a46fa3ffeQA83lALlVlHDUd";
    const [lost, model, schema] = await Promise.all([
      errorOf({ nativeId }),
      errorOf({ model: "nonsense" }),
      errorOf({ schema: { type: "object" } }),
    ]);
    expect(lost).toMatchObject({ code: "session_not_found" });
    expect(model).toMatchObject({
      code: "invalid_argument",
      hint: expect.stringContaining("offline/heron-1"),
    });
    expect(schema).toMatchObject({ code: "invalid_argument" });
  }, 150_000);

  it("tells what its model's provider says, and takes a long prompt", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const failed = async (status: number, message: string) =>
      say(conversation, script({ fail: { status, message } }));
    expect(await failed(400, "no such thing")).toMatchObject({
      status: "failed",
      error: { code: "agent_error", message: expect.stringContaining("no such thing") },
    });
    expect(textOf(await say(conversation, `${"x".repeat(200_000)} ${script({ say: "long" })}`))).toBe("long");
    expect(await failed(401, "invalid x-api-key")).toMatchObject({
      status: "failed",
      error: { code: "agent_auth" },
    });
    // Whoever logs in anew gets a process that knows it.
    expect(conversation.isUsable()).toBe(false);
  }, 150_000);
});

describe("what opencode says of itself", () => {
  it("is its version, its models and what it can do, and leaves no session behind", async ({
    sandbox,
    driver,
  }) => {
    const { launch } = openAs(sandbox, "read");
    const cwd = path.join(sandbox.root, "tmp");
    await writeFile(path.join(sandbox.workspace, "unrelated.txt"), "");
    const description = await driver.describe({ launch, cwd, limitMs: 60_000 });
    expect(description).toMatchObject({
      version: "1.18.33",
      login: { isLoggedIn: true },
      models: [{ id: "offline/heron-1", default: true }],
      abilities: { resume: true, steer: false, schema: false, images: true, usage: true, cost: true },
      access: { read: { by: "checks" }, write: { by: "checks" }, full: { by: "nothing" } },
    });
    const { stdout } = await sandbox.run(["opencode", "session", "list"]);
    expect(stdout).not.toContain("ses_");
  }, 150_000);
});
