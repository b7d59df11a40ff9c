import path from "node:path";

import type { RequestAnswer } from "../../src/agents/driver.ts";
import { failureOf, imitation, todo, turn, using } from "./acp-imitation.ts";
import { describe, expect, openAs, plain as it, textOf } from "./acp-kit.ts";

const OPTIONS = [
  { optionId: "always", kind: "allow_always", name: "Always" },
  { optionId: "once", kind: "allow_once", name: "Once" },
  { optionId: "no", kind: "reject_once", name: "No" },
];
const asking = (toolCall: Readonly<Record<string, unknown>>, options = OPTIONS) => ({
  permission: { toolCall: { toolCallId: "c", ...toolCall }, options },
});
const COMMAND = { title: "touch x", kind: "execute", rawInput: { command: "touch x" } };

describe("a step that an agent asks about", () => {
  it("is decided by the access, and once, never for always", async ({ sandbox }) => {
    const inside = { kind: "edit", title: "write", locations: [{ path: path.join(sandbox.workspace, "a") }] };
    const outside = { kind: "edit", title: "write", locations: [{ path: path.join(sandbox.home, "a") }] };
    const hidden = {
      kind: "read",
      title: "read",
      locations: [{ path: path.join(sandbox.batonHome, "token") }],
    };
    const reading = { kind: "read", title: "read", locations: [{ path: "/etc/hostname" }] };
    const answers = async (access: "read" | "write" | "full", decision?: RequestAnswer) =>
      using(imitation(), async (driver) => {
        const conversation = await driver.open(openAs(sandbox, access, { approvals: "ask" }));
        const given: string[] = [];
        const summaries: string[] = [];
        for (const call of [reading, own, hidden, inside, outside, COMMAND]) {
          const { outcome, requests } = await turn(conversation, todo(asking(call)), decision);
          given.push(/"optionId":"(\w+)"/.exec(textOf(outcome))?.[1] ?? textOf(outcome));
          summaries.push(...requests.map(({ kind, summary }) => `${kind} ${summary}`));
        }
        return { given, summaries };
      });
    const own = { kind: "other", title: "mcp__baton__ask_agent" };
    const asked = [`file_change ${path.join(sandbox.home, "a")}`, "command touch x"];
    expect(await answers("read")).toEqual({ given: ["once", "once", "no", "no", "no", "no"], summaries: [] });
    expect(await answers("write")).toEqual({
      given: ["once", "once", "no", "once", "no", "no"],
      summaries: asked,
    });
    expect(await answers("write", { decision: "approve" })).toEqual({
      given: ["once", "once", "no", "once", "once", "once"],
      summaries: asked,
    });
    expect((await answers("full")).given).toEqual(Array.from({ length: 6 }, () => "once"));
  });

  it("is Baton's own tool only by its whole name, and never a command of that name", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      const answerTo = async (call: Readonly<Record<string, unknown>>) =>
        /"optionId":"(\w+)"/.exec(textOf((await turn(conversation, todo(asking(call)))).outcome))?.[1];
      expect(await answerTo({ kind: "other", title: "baton: wait_tasks" })).toBe("once");
      for (const call of [
        { kind: "execute", title: "baton_ask_agent" },
        { kind: "other", title: "baton_ask_agent; rm -rf x" },
        { kind: "other", title: "my_baton_ask_agent" },
      ]) {
        expect([call, await answerTo(call)]).toEqual([call, "no"]);
      }
    });
  });

  it("is not taken where there is no option for this one alone", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "full"));
      const { outcome } = await turn(conversation, todo(asking(COMMAND, OPTIONS.slice(0, 1))));
      expect(textOf(outcome)).toBe('answer: {"outcome":"cancelled"}\n');
    });
  });

  it("is answered as cancelled when the turn is interrupted meanwhile", async ({ sandbox }) => {
    await using(imitation(), async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
      const asked = Promise.withResolvers<AbortSignal | undefined>();
      const answers: string[] = [];
      const running = conversation.run(
        todo(asking(COMMAND), { stop: { stopReason: "cancelled" } }),
        (event) => event.type === "message" && answers.push(event.data.text),
        {
          onRequest: async (_, withdrawn) => {
            asked.resolve(withdrawn);
            return new Promise(() => undefined);
          },
        },
      );
      const withdrawn = await asked.promise;
      await running.interrupt();
      expect(await running.outcome).toMatchObject({ status: "interrupted" });
      expect(answers).toEqual(['answer: {"outcome":"cancelled"}\n']);
      expect(withdrawn?.aborted).toBe(true);
    });
  });

  it("and takes without having asked ends a turn that was to read only, unless a mode of it holds that", async ({
    sandbox,
  }) => {
    const done = { update: { sessionUpdate: "tool_call", toolCallId: "c", ...COMMAND, status: "completed" } };
    const modes = { currentModeId: "default", availableModes: [{ id: "default" }, { id: "plan" }] };
    const outcomeOf = async (config: Readonly<Record<string, unknown>>, access: "read" | "write") =>
      using(imitation({ session: { modes } }, config), async (driver) => {
        const conversation = await driver.open(openAs(sandbox, access));
        return (await turn(conversation, todo(done, { say: "so it is" }))).outcome;
      });
    expect(await outcomeOf({}, "read")).toMatchObject({
      status: "failed",
      error: { code: "access_denied", message: expect.stringContaining("touch x") },
    });
    expect(await outcomeOf({ modes: { read: "plan" } }, "read")).toMatchObject({ status: "completed" });
    expect(await outcomeOf({}, "write")).toMatchObject({ status: "completed" });
    expect(
      await failureOf(sandbox, imitation({ session: { modes } }, { modes: { read: "look" } })),
    ).toMatchObject({
      code: "access_denied",
      hint: expect.stringContaining("default, plan"),
    });
  });
});
