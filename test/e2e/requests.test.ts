import { existsSync } from "node:fs";
import path from "node:path";

import type { Request } from "../../src/contracts/request.ts";
import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

/** `.git` is read-only in Codex's sandbox: this step has to be asked for. */
const ESCALATED = {
  call: {
    name: "exec_command",
    input: {
      cmd: "echo out > .git/escaped && cat .git/escaped",
      sandbox_permissions: "require_escalated",
      justification: "Shall the repository be marked?",
    },
  },
};
const SCRIPT = `SCRIPT ${JSON.stringify([ESCALATED, { say: "done" }])}`;

const escaped = ({ workspace }: Sandbox) => existsSync(path.join(workspace, ".git", "escaped"));

/** Waits until a task asks, by following its log. */
async function requestOf(baton: Baton, task: string): Promise<Request> {
  const logs = baton.start(["logs", "-f", task, "--json"]);
  await logs.waitForOutput('"request.opened"');
  logs.kill("SIGKILL");
  await logs.result;
  const { items } = (await baton.json(["requests"])) as { items: Request[] };
  const found = items.find((request) => request.task === task);
  if (found === undefined) throw new Error(`nothing waits in ${task}`);
  return found;
}

async function delegated(baton: Baton): Promise<Task> {
  return baton.task(["delegate", "codex", "--background", SCRIPT]);
}

describe("a step beyond the sandbox of a delegate", () => {
  it("waits for a person, who approves it in another terminal", async ({ sandbox, baton }) => {
    const { id } = await delegated(baton);
    const request = await requestOf(baton, id);
    expect(request).toMatchObject({ kind: "command", options: ["approve", "deny"], answer: null });
    expect(request.detail).toContain("Shall the repository be marked?");
    expect(await baton.task(["show", id])).toMatchObject({ status: "input_required", access: "write" });
    expect((await baton.run(["requests"])).stdout).toContain(`baton approve ${request.id}`);
    expect(await baton.json(["approve", request.id])).toMatchObject({ id: request.id, answer: "approve" });
    expect((await baton.run(["wait", id])).stdout).toBe("done\n");
    expect(escaped(sandbox)).toBe(true);
    const late = await baton.run(["deny", request.id]);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("request_not_found")]);
    expect((await baton.run(["logs", id, "--json"])).stdout).toContain('"by":"person"');
  });

  it("is not taken when it is denied, and the task goes on", async ({ sandbox, baton }) => {
    const { id } = await delegated(baton);
    const { id: request } = await requestOf(baton, id);
    expect((await baton.run(["deny", request, "--reason", "not today"])).code).toBe(0);
    expect((await baton.run(["wait", id])).stdout).toBe("done\n");
    expect(escaped(sandbox)).toBe(false);
  });

  it("is declined when nobody answers in time", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[approvals]\ntimeout = "300ms"\n');
    const { id } = await delegated(baton);
    expect((await baton.run(["wait", id])).stdout).toBe("done\n");
    expect(escaped(sandbox)).toBe(false);
    expect((await baton.run(["logs", id, "--json"])).stdout).toContain('"by":"timeout"');
  });

  it.for([
    ['decision = "approve"\nkind = "command"\nsummary = "*echo out*"', false],
    ['decision = "approve"\nkind = "command"', true],
    ['decision = "decline"', false],
  ] as const)("is decided by the rule %s: taken %s", async ([rule, taken], { sandbox, baton }) => {
    await sandbox.writeUserFile(
      "home/.config/baton/config.toml",
      `[[approvals.rules]]\n${rule}\n[approvals]\n`,
    );
    const { id } = await delegated(baton);
    const asks = rule.includes("summary");
    if (asks) await baton.run(["deny", (await requestOf(baton, id)).id]);
    expect((await baton.run(["wait", id])).stdout).toBe("done\n");
    expect(escaped(sandbox)).toBe(taken);
  });

  it("cannot be approved from a shell inside an agent, however that hides where it is", async ({
    sandbox,
    baton,
  }) => {
    const { id } = await delegated(baton);
    const { id: request } = await requestOf(baton, id);
    for (const argv of [
      ["env", "CLAUDECODE=1", "bash", "-c", `"$0" "$1" approve ${request}; exit $?`],
      [
        "env",
        "CLAUDE_CODE_SESSION_ID=x",
        "bash",
        "-c",
        `env -u CLAUDE_CODE_SESSION_ID "$0" "$1" approve ${request}; exit $?`,
      ],
      [
        "env",
        "BRIDGE_DEPTH=1",
        "bash",
        "-c",
        `env -i HOME="$HOME" BATON_HOME="$BATON_HOME" "$0" "$1" approve ${request}; exit $?`,
      ],
    ]) {
      const { code, stderr } = await sandbox.run([...argv, process.execPath, baton.launcher] as never);
      expect([code, stderr]).toEqual([
        expect.any(Number),
        expect.stringMatching(/access_denied|request_not_found/),
      ]);
      expect(code).not.toBe(0);
    }
    expect(escaped(sandbox)).toBe(false);
    await baton.run(["cancel", id]);
  });

  it("is put to the person at the client that has asked, where it can ask", async ({ sandbox }) => {
    const client = await connectMcp(sandbox, { capabilities: { elicitation: {} } });
    const asked = client.call("delegate_task", { agent: "codex", prompt: SCRIPT });
    const question = await client.notification(({ method }) => method === "elicitation/create");
    expect(question.params).toMatchObject({
      message: expect.stringContaining("Shall the repository be marked?"),
    });
    client.respond(question.id, { action: "accept", content: {} });
    expect((await asked).structuredContent).toMatchObject({ status: "completed", answer: "done" });
    expect(escaped(sandbox)).toBe(true);
    await client.close();
  });

  it("is not a model's to approve, unless the config says so", async ({ sandbox, baton }) => {
    const client = await connectMcp(sandbox);
    const asked = await client.call("delegate_task", { agent: "codex", prompt: SCRIPT, background: true });
    const { id } = asked.structuredContent;
    const request = await requestOf(baton, String(id));
    const waiting = await client.call("read_task", { task: id });
    expect(waiting.structuredContent).toMatchObject({
      status: "input_required",
      next: expect.stringMatching(/baton approve/),
    });
    const refused = await client.call("answer_request", { request: request.id, decision: "approve" });
    expect(refused.content[0]?.text).toMatch(/^ERROR access_denied: /);
    await baton.run(["cancel", String(id)]);
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[approvals]\nby_model = true\n");
    const again = await client.call("delegate_task", { agent: "codex", prompt: SCRIPT });
    const { items } = (await baton.json(["requests"])) as { items: Request[] };
    const allowed = await client.call("answer_request", { request: items[0]?.id, decision: "approve" });
    expect(allowed.structuredContent).toMatchObject({ answer: "approve" });
    const waited = await client.call("wait_tasks", { tasks: [again.structuredContent["id"]] });
    expect(waited.structuredContent).toMatchObject({ status: "completed", answer: "done" });
    await client.close();
  });
});
