import type { AgentEvent } from "../../src/contracts/event.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";

describe("a Codex turn", () => {
  it("answers in full and tells who wrote what on the way", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const events: AgentEvent[] = [];
    const turn = conversation.run(
      script(
        { reasoning: "thinking of it", say: "first", shell: "cat README.md" },
        { say_characters: 40_000 },
      ),
      (event) => events.push(event),
    );
    const outcome = await turn.outcome;
    expect(outcome).toMatchObject({ status: "completed" });
    expect(outcome.status === "completed" && outcome.answer.length).toBe(40_000);
    expect(events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
      "reasoning",
      "message.delta",
      "message",
      "tool.started",
      "tool.finished",
      "usage",
      "message.delta",
      "message",
      "usage",
    ]);
    await conversation.close();
  });

  it("streams its text before it ends", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const heard = Promise.withResolvers<string>();
    const turn = conversation.run(
      script({ say: "early", shell: "true" }, { say: "late", wait_for: "the test" }),
      (event) => event.type === "message.delta" && heard.resolve(event.data.text),
    );
    expect(await heard.promise).toBe("early");
    sandbox.model.release("the test");
    expect(await turn.outcome).toMatchObject({ status: "completed", answer: "late" });
    await conversation.close();
  });

  it("counts only its own tokens, in each of three turns", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const usages = [];
    for (const input of [100, 200, 300]) {
      const usage = { input, cached: 10, output: 5 };
      const turn = conversation.run(script({ shell: "true", usage }, { say: "x", usage }), () => undefined);
      usages.push((await turn.outcome).usage);
    }
    expect(usages).toEqual(
      [200, 400, 600].map((input_tokens) => ({
        input_tokens,
        cached_input_tokens: 20,
        output_tokens: 10,
        cost_usd: null,
        billed_to: "unknown",
      })),
    );
    await conversation.close();
  });

  it("carries on what was said before", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "read"));
    await first.run("The word is lighthouse.", () => undefined).outcome;
    await first.close();
    const again = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    expect(again.nativeId).toBe(first.nativeId);
    expect(textOf(await say(again, script({ history: true })))).toContain("user: The word is lighthouse.");
    await again.close();
  });

  it("passes on model and effort when they are asked for, and else leaves Codex its own", async ({
    sandbox,
    driver,
  }) => {
    const chosen = await driver.open(openAs(sandbox, "read", { model: "gpt-5.6", effort: "low" }));
    await say(chosen, "chosen");
    await chosen.close();
    const plain = await driver.open(openAs(sandbox, "read"));
    await say(plain, "plain");
    await plain.close();
    const models = sandbox.model.requests.map(({ prompt, model }) => [prompt, model]);
    expect(models).toEqual([
      ["chosen", "gpt-5.6"],
      ["plain", "gpt-5.5"],
    ]);
    expect(sandbox.model.requests[0]?.body).toMatchObject({ reasoning: { effort: "low" } });
  });

  it("refuses a second prompt while one is on its way", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const first = conversation.run(script({ say: "x", wait_for: "gate" }), () => undefined);
    expect(await say(conversation, "second")).toMatchObject({
      status: "failed",
      error: { code: "session_busy" },
    });
    sandbox.model.release("gate");
    expect(await first.outcome).toMatchObject({ status: "completed", answer: "x" });
    await conversation.close();
  });

  it("reports a file that was changed, and its usage, where writing is allowed", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "write"));
    const events: AgentEvent[] = [];
    const patch = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
    await conversation.run(
      script({ call: { name: "apply_patch", input: patch } }, { say: "done" }),
      (event) => events.push(event),
    ).outcome;
    await conversation.close();
    expect(events).toContainEqual({
      type: "file.changed",
      data: { path: `${sandbox.workspace}/new.txt`, kind: "add" },
    });
    expect(await sandbox.run(["cat", "new.txt"])).toMatchObject({ stdout: "hello\n" });
  });
});
