import path from "node:path";

import { createAcpDriver } from "../../src/agents/acp/driver.ts";
import type { AcpProfile } from "../../src/agents/acp/profile.ts";
import { waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { failureOf, imitated, imitation, todo, turn, using } from "./acp-imitation.ts";
import { describe, expect, openAs, plain as it, say, textOf } from "./acp-kit.ts";

describe("an agent that does not begin as ACP wants it", () => {
  it("is named as what is wrong with it", async ({ sandbox }) => {
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ version: 2 }, /speaks version 2 of ACP, Baton version 1/],
      [{ version: 0 }, /speaks version 0 of ACP/],
      [{ silent: true }, /did not answer within 5 seconds/],
      [{ exit: 3, says: "error: unknown command acp\n" }, /did not start: error: unknown command acp/],
    ];
    for (const [settings, words] of cases) {
      expect(await failureOf(sandbox, imitation(settings))).toMatchObject({
        code: "agent_unavailable",
        message: expect.stringMatching(words),
      });
    }
  }, 30_000);

  it("is no login when it says so, with the ways that it offers", async ({ sandbox }) => {
    const authMethods = [{ id: "key", name: "Key", description: "Set IMITATION_KEY" }];
    const refuse = { code: -32_000, message: "Authentication required" };
    expect(await failureOf(sandbox, imitation({ authMethods, refuse }))).toMatchObject({
      code: "agent_auth",
      hint: expect.stringContaining("Set IMITATION_KEY"),
    });
  });

  it("may write noise and half lines before and between its messages", async ({ sandbox }) => {
    await using(
      imitation({ noise: 'Loading…\n{"half": \n[1]\n{"id":77}\n{"method":7}\nnull\n' }),
      async (driver) => {
        const conversation = await driver.open(openAs(sandbox, "read"));
        const { outcome, events } = await turn(
          conversation,
          todo({ line: "a warning\n" }, { say: "answer" }),
        );
        expect(textOf(outcome)).toBe("answer");
        expect(events).toContainEqual({ type: "raw", data: { source: "acp", payload: "a warning" } });
      },
    );
  });
});

describe("what an agent says in a turn", () => {
  it("becomes neutral events, in order, and its last message is the answer", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "write"));
      const file = path.join(sandbox.workspace, "new.txt");
      const { outcome, events, types } = await turn(
        conversation,
        todo(
          { think: "Let me " },
          { think: "see." },
          { say: "First." },
          {
            update: {
              sessionUpdate: "plan",
              entries: [{ content: "look", status: "completed" }, { content: "write" }],
            },
          },
          {
            update: {
              sessionUpdate: "tool_call",
              toolCallId: "c",
              title: "write_file",
              kind: "edit",
              status: "pending",
            },
          },
          {
            update: {
              sessionUpdate: "tool_call_update",
              toolCallId: "c",
              status: "completed",
              content: [
                { type: "diff", path: file, oldText: null, newText: "x" },
                { type: "content", content: { type: "text", text: "written" } },
              ],
            },
          },
          { update: { sessionUpdate: "notice", severity: "warning", message: "slow today" } },
          { update: { sessionUpdate: "something_new", value: 1 } },
          {
            update: {
              sessionUpdate: "usage_update",
              used: 1,
              size: 2,
              cost: { amount: 0.5, currency: "USD" },
            },
          },
          { message: { id: "m1", text: "An" } },
          { message: { id: "m1", text: "swer." } },
          {
            stop: {
              stopReason: "end_turn",
              usage: { inputTokens: 10, cachedReadTokens: 5, outputTokens: 3, totalTokens: 18 },
            },
          },
        ),
      );
      expect(textOf(outcome)).toBe("Answer.");
      expect(outcome.usage).toEqual({
        input_tokens: 15,
        cached_input_tokens: 5,
        output_tokens: 3,
        cost_usd: 0.5,
        billed_to: "unknown",
      });
      expect(types).toEqual([
        "reasoning",
        "message.delta",
        "message",
        "reasoning",
        "tool.started",
        "file.changed",
        "tool.finished",
        "warning",
        "raw",
        "message.delta",
        "message.delta",
        "message",
      ]);
      expect(events).toContainEqual({ type: "reasoning", data: { text: "Plan:\n- [x] look\n- [ ] write" } });
      expect(events).toContainEqual({ type: "file.changed", data: { path: file, kind: "add" } });
      const next = await turn(
        conversation,
        todo(
          { update: { sessionUpdate: "usage_update", cost: { amount: 0.75, currency: "USD" } } },
          { message: { id: "m1", text: "a word of the turn before" } },
          { message: { id: "m2", text: "Next." } },
        ),
      );
      expect(textOf(next.outcome)).toBe("Next.");
      expect(next.outcome.usage?.cost_usd).toBe(0.25);
    });
  });

  it("that is an error in disguise fails the turn", async ({ sandbox }) => {
    const json = JSON.stringify({ status: 429, error: { message: "Slow down" } });
    const cases: readonly (readonly [string, string])[] = [
      [todo({ say: json }), "agent_rate_limited"],
      [todo({ say: "part of it" }, { stop: { stopReason: "max_tokens" } }), "agent_error"],
      [todo({ stop: { stopReason: "refusal" } }), "agent_error"],
      [todo({ stop: { stopReason: "tired" } }), "agent_error"],
      [todo(), "agent_error"],
      [todo({ stop: { stopReason: "cancelled" } }), "agent_error"],
      [todo({ stop: "nothing that ACP knows" }), "agent_error"],
      [todo({ error: { code: 401, message: "Unauthorized" } }), "agent_auth"],
      [
        todo({ error: { code: -32_603, message: "Internal error", data: { details: "429 quota" } } }),
        "agent_rate_limited",
      ],
      [todo({ error: { code: -32_603, message: "fetch failed" } }), "agent_error"],
      [todo({ say: "and then" }, { exit: 7 }), "agent_crashed"],
    ];
    for (const [prompt, code] of cases) {
      await using(imitation(), async (driver) => {
        const { outcome } = await turn(await driver.open(openAs(sandbox, "read")), prompt);
        expect([prompt, outcome]).toMatchObject([prompt, { status: "failed", error: { code } }]);
      });
    }
  }, 60_000);

  it("in one endless line is passed over with a warning", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      const { outcome, types } = await turn(conversation, todo({ megabytes: 60 }, { say: "still here" }));
      expect(textOf(outcome)).toBe("still here");
      expect(types).toContain("warning");
    });
  }, 30_000);

  it("of an earlier conversation, replayed before and after the answer, is none of the next turn's", async ({
    sandbox,
  }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read", { nativeId: "imitated_1_1" }));
      const { outcome, events } = await turn(conversation, todo({ say: "new" }));
      expect(textOf(outcome)).toBe("new");
      expect(JSON.stringify(events)).not.toContain("old answer");
    });
  });

  it("is lost where the agent has no such conversation, or no way back", async ({ sandbox }) => {
    const lost = { code: "session_not_found" };
    expect(await failureOf(sandbox, imitation({ unknown: true }), "imitated_1_1")).toMatchObject(lost);
    expect(await failureOf(sandbox, imitation({ capabilities: {} }), "imitated_1_1")).toMatchObject(lost);
  });
});

describe("what an agent is given", () => {
  it("are Baton's tools by address where it takes that, else as a program without a credential", async ({
    sandbox,
  }) => {
    const tools = {
      url: "http://127.0.0.1:1/mcp",
      credential: "secret",
      command: ["/bin/baton", "mcp"],
    } as const;
    const told = async (settings: Readonly<Record<string, unknown>>) =>
      using(imitation(settings), async (driver) => {
        const conversation = await driver.open(openAs(sandbox, "read", { tools, depth: 2 }));
        return JSON.parse(textOf(await say(conversation, todo({ tell: "mcp" })))) as unknown;
      });
    expect(await told({})).toEqual([
      {
        type: "http",
        name: "baton",
        url: tools.url,
        headers: [{ name: "Authorization", value: "Bearer secret" }],
      },
    ]);
    expect(await told({ capabilities: {} })).toEqual([
      { name: "baton", command: "/bin/baton", args: ["mcp"], env: [{ name: "BRIDGE_DEPTH", value: "2" }] },
    ]);
  });

  it("is the briefing once, and no prompt that begins as a command does", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read", { briefing: "You are a delegate." }));
      const texts = async (prompt: string) => {
        const { events } = await turn(conversation, prompt);
        return JSON.stringify(events);
      };
      expect(await texts(todo({ tell: "prompt" }))).toContain("You are a delegate.");
      expect(await texts(todo({ tell: "prompt" }))).not.toContain("You are a delegate.");
      expect(await texts("/help me")).toContain("You said: /help me");
      expect(await texts("  $HOME")).toContain("You said:   $HOME");
    });
  });
});

describe("an agent that is told to stop", () => {
  it("ends its turn", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      const running = conversation.run(
        todo({ wait: 1 }, { stop: { stopReason: "cancelled" } }),
        () => undefined,
      );
      await running.interrupt();
      expect(await running.outcome).toMatchObject({ status: "interrupted" });
      expect(textOf(await say(conversation, "and now?"))).toBe("You said: and now?");
    });
  });

  it("and does not loses its process, with all that it has started", async ({ sandbox }) => {
    await using(imitation({ obeys: false }), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "write"));
      const running = conversation.run(todo({ run: ["sleep", "321"] }, { wait: 1 }), () => undefined);
      await waitForCommand(sandbox.root, "sleep 321");
      await running.interrupt();
      const began = performance.now();
      await conversation.close();
      expect(performance.now() - began).toBeLessThan(2_500);
      expect(await running.outcome).toMatchObject({ status: "failed", error: { code: "agent_crashed" } });
      expect(await waitForNone(sandbox.root, 1_000)).toEqual([]);
    });
  });
});

/** The imitation with all its conversations in one process. */
function shared(): AcpProfile {
  const profile = imitated();
  return {
    ...profile,
    plan: async (request) => {
      const plan = await profile.plan(request);
      return { ...plan, process: { ...plan.process, sharing: "shared" } };
    },
  };
}

describe("a process that several conversations share", () => {
  it("keeps their turns apart, fails them all when it dies, and ends when it is idle", async ({
    sandbox,
  }) => {
    await using(createAcpDriver(shared(), { idleMs: 1 }), async (driver) => {
      const open = () => driver.open(openAs(sandbox, "read"));
      const [one, two] = [await open(), await open()];
      expect([one.pid, one.nativeId === two.nativeId]).toEqual([two.pid, false]);
      const slow = one.run(todo({ say: "A" }, { wait: 1 }, { say: "B" }), () => undefined);
      expect(textOf(await say(two, todo({ say: "C" }, { say: "D" })))).toBe("CD");
      expect((await say(one, "and now?")).status).toBe("failed");
      await slow.interrupt();
      expect(textOf(await slow.outcome)).toBe("AB");
      await two.close();
      expect(textOf(await say(one, "still there?"))).toBe("You said: still there?");
      const three = await open();
      const waiting = three.run(todo({ wait: 1 }), () => undefined);
      expect(await say(one, todo({ exit: 1 }))).toMatchObject({ error: { code: "agent_crashed" } });
      expect(await waiting.outcome).toMatchObject({ error: { code: "agent_crashed" } });
      expect([one.isUsable(), three.isUsable()]).toEqual([false, false]);
      await Promise.all([one.close(), three.close()]);
      const next = await open();
      expect(textOf(await say(next, "again"))).toBe("You said: again");
      await next.close();
      expect(await waitForNone(sandbox.root, 5_000)).toEqual([]);
    });
  });
});

describe("an image", () => {
  it("goes to an agent that takes images, and to no other", async ({ sandbox }) => {
    const images = [{ type: "image/png", content: new Uint8Array([1, 2, 3]) }] as const;
    const capabilities = { promptCapabilities: { image: true } };
    const outcomeOf = async (settings: Readonly<Record<string, unknown>>) =>
      using(imitation(settings), async (driver) => {
        const conversation = await driver.open(openAs(sandbox, "read"));
        return conversation.run("look", () => undefined, { images }).outcome;
      });
    expect(await outcomeOf({ capabilities })).toMatchObject({
      answer: 'You said: {"type":"image","mimeType":"image/png","data":"AQID"}',
    });
    expect(await outcomeOf({})).toMatchObject({ status: "failed", error: { code: "invalid_argument" } });
  });
});
