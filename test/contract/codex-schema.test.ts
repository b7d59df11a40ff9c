import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";

const SCHEMA = {
  type: "object",
  properties: { verdict: { type: "string" } },
  required: ["verdict"],
  additionalProperties: false,
};

describe("a Codex conversation with a schema", () => {
  it("asks the model for that schema in every turn, and gives the answer as it is", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "read", { schema: SCHEMA }));
    const answer = '{"verdict":"good"}';
    expect(textOf(await say(conversation, script({ say: answer })))).toBe(answer);
    expect(textOf(await say(conversation, script({ say: answer })))).toBe(answer);
    await conversation.close();
    const formats = sandbox.model.requests.filter(({ side }) => !side).map(({ body }) => body);
    expect(formats).toHaveLength(2);
    for (const body of formats) {
      expect(body).toMatchObject({ text: { format: { type: "json_schema", strict: true, schema: SCHEMA } } });
    }
  });

  it("asks for none when it is resumed without", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "read", { schema: SCHEMA }));
    await say(first, script({ say: "{}" }));
    await first.close();
    const { nativeId } = first;
    const again = await driver.open(openAs(sandbox, "read", { nativeId }));
    await say(again, "freely");
    await again.close();
    expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).not.toContain("json_schema");
  });

  it("fails with the provider's words when the schema is refused", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read", { schema: { type: "nonsense" } }));
    const refusal = script({ fail: { status: 400, message: "Invalid schema for response_format" } });
    expect(await say(conversation, refusal)).toMatchObject({
      status: "failed",
      error: { code: "agent_error", message: expect.stringContaining("Invalid schema") },
    });
    await conversation.close();
  });
});
