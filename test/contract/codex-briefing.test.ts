import { z } from "zod";

import type { LoggedRequest } from "../../testkit/model/log.ts";
import { codexConfig } from "../../testkit/sandbox.ts";
import { describe, expect, it, openAs, say } from "./codex-kit.ts";

const briefing = "You work for another agent.";

describe("a briefing", () => {
  it("is the developer's word beside the user's own, and leaves the prompt as it is", async ({
    sandbox,
    driver,
  }) => {
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `developer_instructions = "Speak plainly."\n${codexConfig(sandbox.model.url)}`,
    );
    const conversation = await driver.open(openAs(sandbox, "read", { briefing }));
    await say(conversation, "hello");
    expect(said(sandbox.model.requests.at(-1), "developer")).toContain(`Speak plainly.\n\n${briefing}`);
    expect(said(sandbox.model.requests.at(-1), "user").at(-1)).toBe("hello");
    expect(said(sandbox.model.requests.at(-1), "user").join()).not.toContain(briefing);
    await conversation.close();
  });

  it("stands once in a conversation that is resumed with it", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "read", { briefing }));
    await say(first, "hello");
    await say(first, "again");
    await first.close();
    const resumed = await driver.open(openAs(sandbox, "read", { briefing, nativeId: first.nativeId }));
    await say(resumed, "and again");
    const body = JSON.stringify(sandbox.model.requests.at(-1)?.body);
    expect(body.split(briefing)).toHaveLength(2);
    await resumed.close();
  });

  it("is none of the user's own instructions when there is none", async ({ sandbox, driver }) => {
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `developer_instructions = "Speak plainly."\n${codexConfig(sandbox.model.url)}`,
    );
    const conversation = await driver.open(openAs(sandbox, "read"));
    await say(conversation, "hello");
    expect(said(sandbox.model.requests.at(-1), "developer")).toContain("Speak plainly.");
    await conversation.close();
  });
});

const bodySchema = z.looseObject({
  input: z.array(
    z.looseObject({
      role: z.string().optional(),
      content: z.array(z.looseObject({ text: z.string() })).optional(),
    }),
  ),
});

/** The parts of what one role has said in a request. */
function said(request: LoggedRequest | undefined, role: string): readonly string[] {
  const items = bodySchema.parse(request?.body).input.filter((item) => item.role === role);
  return items.flatMap(({ content }) => content ?? []).map(({ text }) => text);
}
