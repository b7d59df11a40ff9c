import type { AgentEvent } from "../../src/contracts/event.ts";
import { waitForNone } from "../../testkit/processes.ts";
import { describe, expect, follow, it, only, openAs, say, script, textOf } from "./claude-kit.ts";

describe("a conversation with Claude Code", () => {
  it("carries what was said into the next turn", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    await say(conversation, "Remember the lighthouse.");
    expect(textOf(await say(conversation, script({ history: true })))).toMatch(
      /user: Remember the lighthouse\./,
    );
    expect(sandbox.model.requests.map(({ session }) => session)).toEqual([
      conversation.nativeId,
      conversation.nativeId,
    ]);
  });

  it("goes on in a new process under the same id", async ({ sandbox, driver }) => {
    const first = await driver.open(await openAs(sandbox, "read"));
    await say(first, "Remember the lighthouse.");
    await first.close();
    expect(first.isUsable()).toBe(false);
    const second = await driver.open(await openAs(sandbox, "read", { nativeId: first.nativeId }));
    expect(second.nativeId).toBe(first.nativeId);
    expect(textOf(await say(second, script({ history: true })))).toMatch(/Remember the lighthouse/);
  });

  it("opens without a call of the model and leaves nothing when it is closed", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    await conversation.close();
    await conversation.close();
    expect(sandbox.model.requests).toEqual([]);
    expect(await waitForNone(sandbox.root, 0)).toEqual([]);
  });

  it("tells its answer piece by piece before the turn ends", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const events: AgentEvent[] = [];
    const first = Promise.withResolvers<string>();
    const prompt = script(
      { say: "looking", shell: "cat README.md" },
      { say: "The lighthouse is green.", wait_for: "go" },
    );
    const turn = conversation.run(prompt, (event) => {
      events.push(event);
      if (event.type === "message.delta") first.resolve(event.data.text);
    });
    expect(await first.promise).toBe("looking");
    sandbox.model.release("go");
    expect(textOf(await turn.outcome)).toBe("The lighthouse is green.");
    expect(events.map(({ type }) => type)).toEqual([
      "message.delta",
      "message",
      "tool.started",
      "tool.finished",
      "message.delta",
      "message",
    ]);
    expect(only(events, "tool.started")).toMatchObject([
      { kind: "command", name: "Bash", summary: "cat README.md" },
    ]);
    expect(only(events, "tool.finished")).toMatchObject([{ outcome: "ok", summary: /lighthouse is green/ }]);
  });

  it("gives an answer of 200,000 characters whole", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const answer = textOf(await say(conversation, script({ say_characters: 200_000, chunk: 5_000 })));
    expect([answer.length, answer.slice(-3)]).toEqual([200_000, "END"]);
  });

  it("tells what each turn used, not what the conversation has used", async ({ sandbox, driver }) => {
    const request = await openAs(sandbox, "read");
    const conversation = await driver.open(request);
    const use = (input: number, cached: number, output: number) =>
      say(conversation, script({ say: "ok", usage: { input, cached, output } }));
    const outcomes = [await use(1000, 400, 10), await use(2000, 1500, 20), await use(30, 0, 3)];
    expect(outcomes.map(({ usage }) => usage)).toMatchObject([
      { input_tokens: 1000, cached_input_tokens: 400, output_tokens: 10, billed_to: "api_key" },
      { input_tokens: 2000, cached_input_tokens: 1500, output_tokens: 20, billed_to: "api_key" },
      { input_tokens: 30, cached_input_tokens: 0, output_tokens: 3, billed_to: "api_key" },
    ]);
    const costs = outcomes.map(({ usage }) => usage?.cost_usd ?? 0);
    expect(costs[2]).toBeGreaterThan(0);
    expect(costs[2]).toBeLessThan(costs[0] ?? 0);
    await conversation.close();
    const again = await driver.open({ ...request, nativeId: conversation.nativeId });
    const resumed = await say(again, script({ say: "ok", usage: { input: 30, cached: 0, output: 3 } }));
    expect(resumed.usage).toEqual(outcomes[2]?.usage);
  });

  it("uses the model and the effort that were asked for", async ({ sandbox, driver }) => {
    const conversation = await driver.open(
      await openAs(sandbox, "read", { model: "claude-haiku-4-5", effort: "low" }),
    );
    await say(conversation, "hello");
    expect(sandbox.model.requests[0]?.model).toBe("claude-haiku-4-5");
  });

  it("takes a model that begins with a dash as a name", async ({ sandbox, driver }) => {
    const model = "--dangerously-skip-permissions";
    const conversation = await driver.open(await openAs(sandbox, "read", { model }));
    await say(conversation, script({ shell: "touch made" }, { say: "done" }));
    expect(sandbox.model.requests[0]?.model).toBe(model);
  });

  it("takes a prompt as words, whatever it begins with", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    for (const prompt of ["/clear", "--help", "!touch made", "@README.md"]) {
      expect(textOf(await say(conversation, prompt))).toBe(`You said: ${prompt}`);
    }
  });

  it("says what it reasons", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const { events } = await follow(conversation, script({ reasoning: "the sky is dark", say: "night" }));
    expect(only(events, "reasoning")).toEqual([{ text: "the sky is dark" }]);
  });

  it("refuses a second turn while one runs", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const turn = conversation.run(script({ say: "first", wait_for: "go" }), () => undefined);
    expect(await say(conversation, "second")).toMatchObject({ error: { code: "session_busy" } });
    sandbox.model.release("go");
    expect(textOf(await turn.outcome)).toBe("first");
  });
});
