import { existsSync } from "node:fs";
import path from "node:path";

import facts from "../fixtures/codex-mcp-server-tools.json" with { type: "json" };
import { describe, expect, it } from "../support/baton.ts";
import { connectMcp, type McpClient, type McpOptions, type ToolResult } from "../support/mcp-client.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

const script = (...steps: readonly unknown[]) => `SCRIPT ${JSON.stringify(steps)}`;
const HISTORY = script({ history: true });

/** `.git` is read-only in Codex's sandbox. */
const escalated = {
  call: {
    name: "exec_command",
    input: {
      cmd: "echo x > .git/marked",
      sandbox_permissions: "require_escalated",
      justification: "Mark it?",
    },
  },
};

describe("baton mcp --profile codex", () => {
  it("lists the two tools of codex mcp-server, with its schemas", async ({ sandbox }) => {
    const client = await connect(sandbox);
    const { result } = await client.request("tools/list").answer;
    const tools = result?.["tools"] as typeof facts.tools;
    expect(tools.map(({ name }) => name)).toEqual(["codex", "codex-reply"]);
    for (const [at, old] of facts.tools.entries()) {
      expect(tools[at]?.outputSchema).toEqual(old.outputSchema);
      expect(tools[at]?.inputSchema.required).toEqual(old.inputSchema.required);
      expect(Object.keys(tools[at]?.inputSchema.properties ?? {})).toEqual(
        expect.arrayContaining(Object.keys(old.inputSchema.properties)),
      );
    }
    await client.close();
  });

  it("answers with Codex's own thread, which goes on after hub and server are started anew", async ({
    sandbox,
    baton,
  }) => {
    const first = await connect(sandbox);
    const begun = await first.call("codex", { prompt: "The word is lighthouse." });
    const { threadId, content } = said(begun);
    expect(threadId).toMatch(/^[0-9a-f]{8}-/);
    expect(begun).toEqual({
      content: [{ type: "text", text: content }],
      structuredContent: { threadId, content: "You said: The word is lighthouse." },
    });
    expect(said(await first.call("codex-reply", { threadId, prompt: HISTORY })).content).toContain(
      "lighthouse",
    );
    await baton.run(["hub", "stop"]);
    expect(said(await first.call("codex-reply", { threadId, prompt: HISTORY })).content).toContain(
      "lighthouse",
    );
    await first.close();
    const second = await connect(sandbox);
    const again = said(await second.call("codex-reply", { conversationId: threadId, prompt: HISTORY }));
    expect(again.threadId).toBe(threadId);
    expect(again.content).toContain("lighthouse");
    await second.close();
  });

  it("takes over a thread that was begun in Codex itself", async ({ sandbox }) => {
    const argv = [sandbox.clis.codex, "exec", "--json", "--skip-git-repo-check", "-"] as const;
    const { stdout } = await sandbox.run(argv, { input: "The word is lighthouse." });
    const threadId = /"thread_id":"([^"]+)"/.exec(stdout)?.[1];
    const client = await connect(sandbox);
    const reply = said(await client.call("codex-reply", { threadId, prompt: HISTORY }));
    expect(reply).toMatchObject({ threadId, content: expect.stringContaining("lighthouse") });
    await client.close();
  });

  it("keeps the arguments of the wrapper: sessionId, resetSession, reasoningEffort, workingDirectory", async ({
    sandbox,
  }) => {
    const client = await connect(sandbox);
    const named = { sessionId: "work", model: "gpt-5.6", reasoningEffort: "low", workingDirectory: "." };
    const first = said(await client.call("codex", { ...named, prompt: "The word is lighthouse." }));
    const second = said(await client.call("codex", { ...named, prompt: HISTORY }));
    expect(second.threadId).toBe(first.threadId);
    expect(second.content).toContain("lighthouse");
    const anew = said(await client.call("codex", { ...named, resetSession: true, prompt: HISTORY }));
    expect(anew.threadId).not.toBe(first.threadId);
    expect(anew.content).not.toContain("lighthouse");
    const request = sandbox.model.requests.find(({ side }) => !side);
    expect(request).toMatchObject({ model: "gpt-5.6", body: { reasoning: { effort: "low" } } });
    await client.close();
  });

  it("writes where workspace-write was asked for, in replies too, and else only reads", async ({
    sandbox,
  }) => {
    const client = await connect(sandbox);
    const touch = (file: string) => script({ shell: `touch ${file}` }, { say: "done" });
    await client.call("codex", { prompt: touch("read.txt") });
    const { threadId } = said(
      await client.call("codex", { prompt: touch("one.txt"), sandbox: "workspace-write" }),
    );
    await client.call("codex-reply", { threadId, prompt: touch("two.txt") });
    expect(
      ["read.txt", "one.txt", "two.txt"].map((file) => existsSync(path.join(sandbox.workspace, file))),
    ).toEqual([false, true, true]);
    await client.close();
  });

  for (const [action, marked] of [
    ["accept", true],
    ["decline", false],
  ] as const) {
    it(`asks the client's person for approval, who can ${action}`, async ({ sandbox }) => {
      const client = await connect(sandbox, { capabilities: { elicitation: {} } });
      const answer = client.call("codex", {
        prompt: script(escalated, { say: "went on" }),
        sandbox: "workspace-write",
        "approval-policy": "on-request",
      });
      const asked = await client.notification(({ method }) => method === "elicitation/create");
      expect(asked.params).toMatchObject({
        message: expect.stringMatching(/^Allow Codex to run `.*touch|^Allow Codex to run `.*marked/),
        requestedSchema: { type: "object", properties: {} },
        codex_elicitation: "exec-approval",
      });
      client.respond(asked.id, { action, ...(action === "accept" ? { content: {} } : {}) });
      expect(said(await answer).content).toBe("went on");
      expect(existsSync(path.join(sandbox.workspace, ".git/marked"))).toBe(marked);
      await client.close();
    });
  }

  it("declines at once for a client that cannot ask, and says so", async ({ sandbox }) => {
    const client = await connect(sandbox);
    const prompt = script(escalated, { say: "went on" });
    const { content } = said(await client.call("codex", { prompt, sandbox: "workspace-write" }));
    expect(content).toMatch(
      /^went on\n\n\[Baton: declined, since this client cannot be asked for approvals: .*marked/,
    );
    expect(existsSync(path.join(sandbox.workspace, ".git/marked"))).toBe(false);
    await client.close();
  });

  it("says so too in an answer that came after the call", async ({ sandbox }) => {
    const client = await connect(sandbox, { args: ["--max-wait", "2s"] });
    const prompt = script(escalated, { say: "went on", wait_for: "go" });
    const { threadId } = said(await client.call("codex", { prompt, sandbox: "workspace-write" }));
    sandbox.model.release("go");
    expect(said(await client.call("codex-reply", { threadId, prompt: "" })).content).toMatch(
      /^went on\n\n\[Baton: declined, .*marked/,
    );
    await client.close();
  });

  it("asks anew, once, when the server was started anew while a person was asked", async ({ sandbox }) => {
    const capabilities = { elicitation: {} };
    const isAsking = ({ method }: { method?: string }) => method === "elicitation/create";
    const first = await connect(sandbox, { capabilities, args: ["--max-wait", "2s"] });
    const prompt = script(escalated, escalated, { say: "went on" });
    const begun = first.call("codex", { prompt, sandbox: "workspace-write" });
    const before = await first.notification(isAsking);
    first.respond(before.id, { action: "decline" });
    const { threadId } = said(await begun);
    await first.close();
    const second = await connect(sandbox, { capabilities });
    const answer = second.call("codex-reply", { threadId, prompt: "" });
    const asked = await second.notification(isAsking);
    second.respond(asked.id, { action: "accept", content: {} });
    expect(said(await answer).content).toBe("went on");
    expect(second.notifications.filter(isAsking)).toHaveLength(1);
    expect(existsSync(path.join(sandbox.workspace, ".git/marked"))).toBe(true);
    await second.close();
  });

  it("asks nobody where the approval policy is never", async ({ sandbox }) => {
    const client = await connect(sandbox, { capabilities: { elicitation: {} } });
    const prompt = script(escalated, { say: "went on" });
    const args = { sandbox: "workspace-write", "approval-policy": "never" };
    const { threadId, content } = said(await client.call("codex", { prompt, ...args }));
    expect(content).toBe("went on");
    expect(said(await client.call("codex-reply", { prompt, threadId })).content).toBe("went on");
    expect(client.notifications.filter(({ method }) => method === "elicitation/create")).toEqual([]);
    await client.close();
  });

  const refused: [string, Record<string, unknown>, RegExp][] = [
    ["the sandbox danger-full-access", { sandbox: "danger-full-access" }, /^ERROR access_denied: /],
    ["a compact-prompt", { "compact-prompt": "x" }, /^ERROR invalid_argument: compact-prompt/],
    ["an argument that it does not know", { profile: "x" }, /^ERROR invalid_argument: .*profile/],
    ...[
      "mcp_servers",
      "model_providers",
      "model_provider",
      "notify",
      "sandbox_mode",
      "approval_policy",
      "profile",
    ].map((key): [string, Record<string, unknown>, RegExp] => [
      `the config key ${key}`,
      { config: { model: "gpt-5.5", [key]: {} } },
      new RegExp(`^ERROR invalid_argument: .*"${key}"`),
    ]),
  ];
  it("refuses what could start programs or lift the sandbox, and names it", async ({ sandbox, baton }) => {
    const client = await connect(sandbox);
    for (const [what, args, words] of refused) {
      const result = await client.call("codex", { prompt: "hello", ...args });
      expect(result.isError, what).toBe(true);
      expect(said(result).content, what).toMatch(words);
    }
    expect(sandbox.model.requests).toEqual([]);
    expect(await baton.json(["tasks"])).toMatchObject({ items: [] });
    await client.close();
  });

  it("takes model and effort in config, and instructions before the prompt", async ({ sandbox }) => {
    const client = await connect(sandbox);
    const config = { model: "gpt-5.6", model_reasoning_effort: "low" };
    await client.call("codex", { prompt: "hello", config, "developer-instructions": "Be brief." });
    expect(sandbox.model.requests.find(({ side }) => !side)).toMatchObject({
      model: "gpt-5.6",
      prompt: expect.stringMatching(/Be brief\.\n\nThe request:\n\nhello$/),
      body: { reasoning: { effort: "low" } },
    });
    await client.close();
  });

  it("returns before its client gives up, and gives the answer to an empty reply", async ({ sandbox }) => {
    const client = await connect(sandbox, { args: ["--max-wait", "1500ms"] });
    const working = said(await client.call("codex", { prompt: script({ say: "late", wait_for: "go" }) }));
    expect(working.content).toMatch(/still working.*codex-reply with threadId ".*" and an empty prompt/);
    sandbox.model.release("go");
    expect(said(await client.call("codex-reply", { threadId: working.threadId, prompt: "" })).content).toBe(
      "late",
    );
    await client.close();
  });

  it("says which thread is not there, and what an agent failed of", async ({ sandbox }) => {
    const client = await connect(sandbox);
    const unknown = "01a20b65-0000-7000-8000-000000000000";
    const cases: [string, Record<string, unknown>, RegExp][] = [
      ["codex-reply", { threadId: unknown, prompt: "hello" }, /^ERROR session_not_found: /],
      ["codex-reply", { threadId: "a name", prompt: "hello" }, /^ERROR session_not_found: /],
      ["codex-reply", { prompt: "hello" }, /^ERROR invalid_argument: .*threadId/],
      ["codex", { prompt: script({ fail: { status: 429 } }) }, /^ERROR agent_rate_limited: /],
      ["codex", {}, /^ERROR invalid_argument: .*prompt/],
    ];
    for (const [tool, args, words] of cases) {
      const result = await client.call(tool, args);
      expect(result.isError).toBe(true);
      expect(said(result).content).toMatch(words);
    }
    await client.close();
  });
});

function connect(sandbox: Sandbox, { args = [], ...options }: McpOptions = {}): Promise<McpClient> {
  return connectMcp(sandbox, { ...options, args: ["--profile", "codex", ...args] });
}

function said({ structuredContent }: ToolResult): { readonly threadId: string; readonly content: string } {
  return structuredContent as { threadId: string; content: string };
}
