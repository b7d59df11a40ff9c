import { existsSync } from "node:fs";
import path from "node:path";

import type { AgentRequest, RequestAnswer, TurnOptions } from "../../src/agents/driver.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";

/** `.git` is read-only in Codex's sandbox, also where the workspace can be written. */
const escalated = {
  call: {
    name: "exec_command",
    input: {
      cmd: "echo out > .git/escaped && cat .git/escaped",
      sandbox_permissions: "require_escalated",
      justification: "Shall the repository be marked?",
    },
  },
};
const patch = {
  call: {
    name: "apply_patch",
    input: "*** Begin Patch\n*** Add File: .git/patched\n+hello\n*** End Patch\n",
  },
};

describe("a step beyond Codex's sandbox", () => {
  it("is taken when it is approved, and asked about in words to decide by", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const asked: AgentRequest[] = [];
    const events: AgentEvent[] = [];
    const turn = conversation.run(
      script(escalated, patch, { say: "done" }),
      (event) => events.push(event),
      answering("approve", (request) => asked.push(request)),
    );
    expect(textOf(await turn.outcome)).toBe("done");
    expect(asked).toEqual([
      {
        kind: "command",
        summary: expect.stringContaining("echo out > .git/escaped"),
        detail: expect.stringMatching(/Directory: .*\nReason: Shall the repository be marked\?/),
        options: [],
        takes: "decision",
      },
      {
        kind: "file_change",
        summary: path.join(sandbox.workspace, ".git/patched"),
        detail: expect.stringMatching(/add .*\.git\/patched\nhello/),
        options: [],
        takes: "decision",
      },
    ]);
    expect(written(sandbox)).toEqual(["escaped", "patched"]);
    expect(events.filter(({ type }) => type === "tool.finished").map(({ data }) => data)).toMatchObject([
      { outcome: "ok" },
      { outcome: "ok" },
    ]);
    await conversation.close();
  });

  const refusals: [string, TurnOptions][] = [
    ["is denied", answering("deny")],
    ["cannot be asked about", { onRequest: () => Promise.reject(new Error("nobody there")) }],
    ["is asked of nobody", {}],
  ];
  for (const [how, options] of refusals) {
    it(`is not taken when it ${how}, and the turn goes on`, async ({ sandbox, driver }) => {
      const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
      const turn = conversation.run(script(escalated, patch, { say: "went on" }), () => undefined, options);
      expect(textOf(await turn.outcome)).toBe("went on");
      expect(written(sandbox)).toEqual([]);
      expect(textOf(await say(conversation, "and again"))).toBe("You said: and again");
      await conversation.close();
    });
  }

  it("is asked about by nobody where approvals are declined", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write"));
    const asked: AgentRequest[] = [];
    const options = answering("approve", (request) => asked.push(request));
    await conversation.run(script(escalated, patch, { say: "x" }), () => undefined, options).outcome;
    expect([asked, written(sandbox)]).toEqual([[], []]);
    await conversation.close();
  });

  it("leaves nothing open when the turn is interrupted before the answer", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const asked = Promise.withResolvers<void>();
    const late = Promise.withResolvers<RequestAnswer>();
    const turn = conversation.run(script(escalated, { say: "never" }), () => undefined, {
      onRequest: () => {
        asked.resolve();
        return late.promise;
      },
    });
    await asked.promise;
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    late.resolve({ decision: "approve" });
    expect(textOf(await say(conversation, "go on"))).toBe("You said: go on");
    expect(written(sandbox)).toEqual([]);
    await conversation.close();
  });

  it("is asked about in a reading conversation too, whose sandbox stays", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read", { approvals: "ask" }));
    const asked: AgentRequest[] = [];
    const turn = conversation.run(
      script({ shell: "echo no > inside.txt" }, escalated, { say: "done" }),
      () => undefined,
      answering("deny", (request) => asked.push(request)),
    );
    expect(textOf(await turn.outcome)).toBe("done");
    expect(asked).toHaveLength(1);
    expect(existsSync(path.join(sandbox.workspace, "inside.txt"))).toBe(false);
    await conversation.close();
  });

  it("of a sub-agent is asked about in the turn's name", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const asked = Promise.withResolvers<AgentRequest>();
    const spawn = {
      name: "spawn_agent",
      namespace: "multi_agent_v1",
      input: { message: script(escalated, { say: "sub-agent done" }) },
    };
    const turn = conversation.run(
      script({ call: spawn }, { say: "done", wait_for: "the sub-agent" }),
      () => undefined,
      answering("approve", (request) => asked.resolve(request)),
    );
    expect(await asked.promise).toMatchObject({ kind: "command" });
    await sandbox.model.waitForRequest(({ body }) => /Output:\\nout/.test(JSON.stringify(body)));
    sandbox.model.release("the sub-agent");
    await turn.outcome;
    expect(written(sandbox)).toEqual(["escaped"]);
    await conversation.close();
  });
});

function answering(
  decision: "approve" | "deny",
  hear: (request: AgentRequest) => void = () => undefined,
): TurnOptions {
  return {
    onRequest: async (request) => {
      hear(request);
      return decision === "approve" ? { decision } : { decision, reason: "not now" };
    },
  };
}

function written({ workspace }: Sandbox): readonly string[] {
  return ["escaped", "patched"].filter((name) => existsSync(path.join(workspace, ".git", name)));
}
