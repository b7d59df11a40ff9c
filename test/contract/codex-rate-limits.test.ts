import { createCodexDriver } from "../../src/agents/codex/driver.ts";
import type { RateLimit } from "../../src/contracts/rate-limit.ts";
import { it as sandboxed } from "../../testkit/vitest.ts";
import { describe, expect, openAs, say, script } from "./codex-kit.ts";

describe("the allowance of an account", () => {
  sandboxed("is told when the answers of the model say how much of it is used", async ({ sandbox }) => {
    const heard: (readonly RateLimit[])[] = [];
    const driver = createCodexDriver({ onRateLimits: (limits) => heard.push(limits) });
    const conversation = await driver.open(openAs(sandbox, "read"));
    await say(conversation, "hello");
    expect(heard).toEqual([]);
    const headers = {
      "x-codex-primary-used-percent": "12",
      "x-codex-primary-window-minutes": "300",
      "x-codex-primary-reset-at": "1795600000",
      "x-codex-secondary-used-percent": "40",
      "x-codex-secondary-window-minutes": "10080",
    };
    await say(conversation, script({ say: "done", headers }));
    expect(heard).toEqual([
      [
        {
          agent: "codex",
          window: "5h",
          used_percent: 12,
          resets_at: "2026-11-25T09:46:40.000Z",
          at: expect.stringMatching(/^20.*Z$/),
        },
        {
          agent: "codex",
          window: "weekly",
          used_percent: 40,
          resets_at: null,
          at: expect.stringMatching(/^20.*Z$/),
        },
      ],
    ]);
    await conversation.close();
    await driver.close();
  });
});
