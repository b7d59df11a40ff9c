import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentRequest, RequestAnswer, TurnOptions } from "../../src/agents/driver.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { makeHostile } from "./claude-hostile.ts";
import { describe, expect, it, launchOf, only, openAs, say, script, textOf } from "./claude-kit.ts";

const ASK = { approvals: "ask" } as const;
const command = { shell: "python3 -c \"open('made','w').write('by python')\"" };
const outside = (sandbox: Sandbox) => ({
  call: {
    name: "Write",
    input: { file_path: path.join(sandbox.home, "outside.txt"), content: "one\ntwo\n" },
  },
});
const question = {
  call: {
    name: "AskUserQuestion",
    input: {
      questions: [
        {
          question: "Which colour?",
          header: "Colour",
          multiSelect: false,
          options: [
            { label: "Red", description: "as before" },
            { label: "Green", description: "as it is" },
          ],
        },
        {
          question: "Which sides?",
          header: "Sides",
          multiSelect: true,
          options: [
            { label: "North", description: "the sea" },
            { label: "South", description: "the land" },
          ],
        },
      ],
    },
  },
};

describe("a step beyond what Claude Code takes by itself", () => {
  it("is taken when it is approved, and asked about in words to decide by", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { asked, options } = answering({ decision: "approve" });
    const events: AgentEvent[] = [];
    const prompt = script({ shell: "touch inside" }, command, outside(sandbox), { say: "done" });
    const turn = conversation.run(prompt, (event) => events.push(event), options);
    expect(textOf(await turn.outcome)).toBe("done");
    expect(asked).toEqual([
      {
        kind: "command",
        summary: command.shell,
        detail: `Tool: Bash\nCommand: ${command.shell}\nReason: This command requires approval`,
        options: [],
        takes: "decision",
      },
      {
        kind: "file_change",
        summary: path.join(sandbox.home, "outside.txt"),
        detail: expect.stringMatching(/File: .*outside.txt\nReason: .*outside allowed.*\ncontent: one\ntwo/),
        options: [],
        takes: "decision",
      },
    ]);
    expect(await readFile(path.join(sandbox.workspace, "made"), "utf8")).toBe("by python");
    expect(await readFile(path.join(sandbox.home, "outside.txt"), "utf8")).toBe("one\ntwo\n");
    expect(only(events, "tool.finished").map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok"]);
  });

  const refusals: [string, TurnOptions, string][] = [
    [
      "is denied",
      answering({ decision: "deny", reason: "Not in this harbour." }).options,
      "Not in this harbour.",
    ],
    ["is answered with a text", answering({ decision: "answer", text: "yes" }).options, "Nobody can approve"],
    [
      "cannot be asked about",
      { onRequest: () => Promise.reject(new Error("nobody there")) },
      "Nobody can approve",
    ],
    [
      "is asked of somebody who fails at once",
      {
        onRequest: () => {
          throw new Error("broken");
        },
      },
      "Nobody can approve",
    ],
    ["is asked of nobody", {}, "Nobody can approve"],
  ];
  for (const [how, options, reason] of refusals) {
    it(`is not taken when it ${how}, and the turn goes on`, async ({ sandbox, driver }) => {
      const conversation = await driver.open(await openAs(sandbox, "write", ASK));
      const events: AgentEvent[] = [];
      const prompt = script(outside(sandbox), command, { tool_result: true });
      const turn = conversation.run(prompt, (event) => events.push(event), options);
      expect(textOf(await turn.outcome)).toContain(reason);
      expect(only(events, "tool.finished").map(({ outcome }) => outcome)).toEqual(["denied", "denied"]);
      expect(written(sandbox)).toEqual([]);
      expect(textOf(await say(conversation, "and again"))).toBe("You said: and again");
    });
  }

  for (const [access, approvals] of [
    ["write", "decline"],
    ["read", "ask"],
    ["read", "decline"],
  ] as const) {
    it(`is asked about by nobody under ${access} access with approvals "${approvals}"`, async ({
      sandbox,
      driver,
    }) => {
      const conversation = await driver.open(await openAs(sandbox, access, { approvals }));
      const { asked, options } = answering({ decision: "approve" });
      const prompt = script(command, outside(sandbox), question, { say: "done" });
      expect(textOf(await conversation.run(prompt, () => undefined, options).outcome)).toBe("done");
      expect([asked, written(sandbox)]).toEqual([[], []]);
    });
  }

  it("leaves nothing open when the turn is interrupted before the answer", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { asked, late, options } = silent();
    const turn = conversation.run(script(command, { say: "never" }), () => undefined, options);
    const withdrawn = await asked;
    expect(withdrawn.aborted).toBe(false);
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    expect(withdrawn.aborted).toBe(true);
    late({ decision: "approve" });
    expect(textOf(await say(conversation, "go on"))).toBe("You said: go on");
    expect(written(sandbox)).toEqual([]);
  });

  it("is not taken once its conversation is closed", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { asked, options } = silent();
    const turn = conversation.run(script(command, { say: "never" }), () => undefined, options);
    const withdrawn = await asked;
    await conversation.close();
    // Claude Code may still end its turn, as after a no, before it ends itself.
    expect((await turn.outcome).status).toMatch(/interrupted|completed/);
    expect(withdrawn.aborted).toBe(true);
    expect(written(sandbox)).toEqual([]);
  });

  it("is each asked about where several come at once", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const options: TurnOptions = {
      onRequest: async ({ summary }) =>
        summary.includes("outside.txt") ? { decision: "approve" } : { decision: "deny", reason: "no" },
    };
    const prompt = script({ parallel: [command, outside(sandbox)] }, { say: "done" });
    expect(textOf(await conversation.run(prompt, () => undefined, options).outcome)).toBe("done");
    expect(written(sandbox)).toEqual(["outside.txt"]);
  });

  it("opens no door for the repository's own settings", async ({ sandbox, driver }) => {
    const place = await makeHostile(sandbox);
    const before = await place.snapshot();
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { options } = answering({ decision: "deny", reason: "no" });
    const steps = ["./evil.sh", "npm test", "touch ../outside.txt", "git commit -qam made", "cat secret.txt"];
    const prompt = script(...steps.map((shell) => ({ shell })), { say: "done" });
    expect(textOf(await conversation.run(prompt, () => undefined, options).outcome)).toBe("done");
    await conversation.close();
    expect([await place.snapshot(), await place.marks()]).toEqual([before, []]);
  });
});

describe("a question of Claude's", () => {
  it("is asked one by one with its options, and each answer reaches the model", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { asked, options } = answering(
      { decision: "answer", text: "Green" },
      { decision: "answer", text: "North and\u001b[31m West" },
    );
    const turn = conversation.run(script(question, { tool_result: true }), () => undefined, options);
    expect(textOf(await turn.outcome)).toMatch(/"Which colour\?"="Green".*"Which sides\?"="North and/);
    expect(asked).toMatchObject([
      {
        kind: "question",
        summary: "Which colour?",
        detail: "Question: Which colour?\nOptions: \n  Red: as before\n  Green: as it is",
        options: ["Red", "Green"],
        takes: "text",
      },
      {
        summary: "Which sides?",
        options: ["North", "South"],
        detail: expect.stringContaining("one or more"),
      },
    ]);
  });

  it("that nobody answers is a no to all of it, and the turn goes on", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", ASK));
    const { asked, options } = answering({ decision: "deny", reason: "Decide yourself." });
    const turn = conversation.run(script(question, { tool_result: true }), () => undefined, options);
    expect(textOf(await turn.outcome)).toContain("Decide yourself.");
    expect(asked).toHaveLength(1);
  });
});

describe("a form of an MCP server", () => {
  const harbour = { type: "string", enum: ["north", "south"] };
  const forms: [string, object, RequestAnswer | null, object, object | null][] = [
    [
      "without a required field takes a decision",
      { properties: { harbour } },
      { decision: "approve" },
      { action: "accept", content: {} },
      { kind: "question", takes: "decision", options: [], summary: "asking: Which harbour?" },
    ],
    [
      "that is refused is declined",
      { properties: {} },
      { decision: "deny", reason: "no" },
      { action: "decline" },
      { takes: "decision" },
    ],
    [
      "with one required text takes that",
      { properties: { name: { type: "string" } }, required: ["name"] },
      { decision: "answer", text: "the old one" },
      { action: "accept", content: { name: "the old one" } },
      { takes: "text", options: [] },
    ],
    [
      "with one required choice takes one of its options",
      { properties: { harbour }, required: ["harbour"] },
      { decision: "answer", text: "south" },
      { action: "accept", content: { harbour: "south" } },
      { takes: "text", options: ["north", "south"] },
    ],
    [
      "with one required choice takes nothing else",
      { properties: { harbour }, required: ["harbour"] },
      { decision: "answer", text: "west" },
      { action: "decline" },
      { takes: "text" },
    ],
    [
      "with more required fields is declined unasked",
      { properties: { harbour, name: { type: "string" } }, required: ["harbour", "name"] },
      null,
      { action: "cancel" },
      null,
    ],
    [
      "with a required number is declined unasked",
      { properties: { depth: { type: "number" } }, required: ["depth"] },
      null,
      { action: "cancel" },
      null,
    ],
  ];
  for (const [what, form, answer, given, request] of forms) {
    it(what, async ({ sandbox, driver }) => {
      const launch = await withAskingServer(sandbox);
      const conversation = await driver.open(await openAs(sandbox, "write", { ...ASK, launch }));
      const { asked, options } = answering(...(answer === null ? [] : [answer]));
      const call = {
        mcp: { server: "asking", tool: "ask", arguments: { form: { type: "object", ...form } } },
      };
      const turn = conversation.run(script(call, { tool_result: true }), () => undefined, options);
      expect(JSON.parse(textOf(await turn.outcome))).toEqual(given);
      expect(asked).toMatchObject(request === null ? [] : [request]);
    });
  }
});

async function withAskingServer(sandbox: Sandbox) {
  const program = path.resolve(import.meta.dirname, "../fixtures/asking-mcp.mjs");
  const asking = { command: process.execPath, args: [program] };
  await writeFile(path.join(sandbox.claudeHome, ".claude.json"), JSON.stringify({ mcpServers: { asking } }));
  await sandbox.writeUserFile(
    "home/.claude/settings.json",
    JSON.stringify({ permissions: { allow: ["mcp__asking"] } }),
  );
  return { ...(await launchOf(sandbox)), settings: { mcp_servers: true, project_config: false } };
}

/** Gives the answers in their order, the last one to all that follow. */
function answering(...answers: readonly RequestAnswer[]): { asked: AgentRequest[]; options: TurnOptions } {
  const asked: AgentRequest[] = [];
  const onRequest = async (request: AgentRequest) => {
    asked.push(request);
    return answers[asked.length - 1] ?? answers.at(-1) ?? { decision: "approve" as const };
  };
  return { asked, options: { onRequest } };
}

/** Asks and gets no answer before `late`. */
function silent() {
  const asked = Promise.withResolvers<AbortSignal>();
  const answer = Promise.withResolvers<RequestAnswer>();
  const onRequest: TurnOptions["onRequest"] = (_, withdrawn) => {
    if (withdrawn !== undefined) asked.resolve(withdrawn);
    return answer.promise;
  };
  return { asked: asked.promise, late: answer.resolve, options: { onRequest } };
}

function written({ home, workspace }: Sandbox): readonly string[] {
  return [path.join(workspace, "made"), path.join(home, "outside.txt")]
    .filter((file) => existsSync(file))
    .map((file) => path.basename(file));
}
