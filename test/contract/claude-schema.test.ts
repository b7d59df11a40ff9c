import { processesOf } from "../../testkit/processes.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./claude-kit.ts";

const schema = {
  type: "object",
  properties: { count: { type: "integer" } },
  required: ["count"],
  additionalProperties: false,
};
/** How Claude Code 2.1.330 has its model answer by a schema. */
const answer = (input: unknown) => ({ call: { name: "StructuredOutput", input } });

describe("an answer by a JSON Schema", () => {
  it("is its JSON text, turn after turn", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read", { schema }));
    expect(textOf(await say(conversation, script(answer({ count: 3 }))))).toBe('{"count":3}');
    expect(textOf(await say(conversation, script({ shell: "ls" }, answer({ count: 4 }))))).toBe(
      '{"count":4}',
    );
  });

  it("is asked for again where the first one does not follow", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read", { schema }));
    const prompt = script(answer({ count: "three" }), answer({ count: 3 }));
    expect(textOf(await say(conversation, prompt))).toBe('{"count":3}');
  });

  it("that never comes fails the turn, and the conversation goes on", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read", { schema }));
    expect(await say(conversation, script({ say: "just words" }))).toMatchObject({
      status: "failed",
      error: { code: "agent_error", message: expect.stringContaining("does not follow the JSON Schema") },
    });
    expect(textOf(await say(conversation, script(answer({ count: 1 }))))).toBe('{"count":1}');
  });

  it("that never follows fails the turn after a few attempts, in Claude Code's words", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(await openAs(sandbox, "read", { schema }));
    const attempts = Array.from({ length: 40 }, () => answer({ count: "three" }));
    expect(await say(conversation, script(...attempts))).toMatchObject({
      status: "failed",
      error: {
        code: "agent_error",
        message: expect.stringContaining("/count: must be integer"),
        hint: expect.stringContaining("schema"),
      },
    });
    expect(sandbox.model.requests.length).toBeLessThan(10);
  });

  it("is not asked for by a schema that Claude Code cannot use", async ({ sandbox, driver }) => {
    const conversation = await driver.open(
      await openAs(sandbox, "read", { schema: { type: "object", properties: { a: { pattern: "(" } } } }),
    );
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "invalid_argument", message: expect.stringContaining("JSON Schema") },
    });
  });

  it("keeps its schema off the command line, however long that is", async ({ sandbox, driver }) => {
    const description = "what is counted ".repeat(20_000);
    const long = { ...schema, properties: { count: { type: "integer", description } } };
    const conversation = await driver.open(await openAs(sandbox, "read", { schema: long }));
    const commands = (await processesOf(sandbox.root)).map(({ command }) => command).join("\n");
    expect(commands).not.toContain("what is counted");
    expect(textOf(await say(conversation, script(answer({ count: 3 }))))).toBe('{"count":3}');
  });
});
