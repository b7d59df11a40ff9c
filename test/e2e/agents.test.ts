import { readFile } from "node:fs/promises";
import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import { isBatonServer } from "../../src/agents/own-server.ts";
import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { BATON, describe, expect, it } from "../support/baton.ts";

const FIRST = 'SCRIPT [{"say":"the answer is heron"}]';
const SECOND = 'SCRIPT [{"history":true}]';

const ask = (agent: string, prompt: string) => ({
  mcp: { server: "baton", tool: "ask_agent", arguments: { agent, prompt, session: "talk" } },
});
const script = (agent: string) =>
  `SCRIPT ${JSON.stringify([ask(agent, FIRST), ask(agent, SECOND), { tool_result: true }])}`;

async function configureClaude(sandbox: Sandbox): Promise<string> {
  const config = { mcpServers: { baton: { command: BATON, args: ["mcp"] } } };
  return sandbox.writeUserFile("home/mcp.json", JSON.stringify(config));
}

/** As a user has it: the default sandbox, no approval settings. */
async function configureCodex(sandbox: Sandbox): Promise<string> {
  return sandbox.writeUserFile(
    "home/.codex/config.toml",
    `${codexConfig(sandbox.model.url)}
[mcp_servers.baton]
command = ${JSON.stringify(BATON)}
args = ["mcp", "--home", ${JSON.stringify(sandbox.batonHome)}]
env_vars = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"]
`,
  );
}

describe("real Claude Code with Baton as an MCP server", () => {
  it("asks Codex, and asks a follow-up that carries the first exchange", async ({ sandbox, baton }) => {
    const config = await configureClaude(sandbox);
    const { code, stdout } = await sandbox.run([
      "claude",
      "-p",
      "--mcp-config",
      config,
      "--allowedTools",
      "mcp__baton__ask_agent",
      "--",
      script("codex"),
    ]);
    expect(code).toBe(0);
    // What its model is shown of the second result: the answer and the ids.
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ agent: "codex", status: "completed", lineage: { depth: 1 } });
    expect(shown.answer).toContain("assistant: the answer is heron");

    const asked = sandbox.model.requests.filter(({ api, side }) => api === "responses" && !side);
    expect(asked.map(({ entries }) => entries.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "user"],
    ]);
    const { items } = (await baton.json(["sessions"])) as { items: unknown[] };
    expect(items).toMatchObject([{ id: shown.session, name: "talk", native_id: shown.native_id, tasks: 2 }]);
  });

  it("has the tools at hand without a search, and reads when to use them", async ({ sandbox }) => {
    const config = await configureClaude(sandbox);
    await sandbox.run(["claude", "-p", "--mcp-config", config, "--", "hello"]);
    const request = await sandbox.model.waitForRequest(({ side }) => !side);
    const { tools } = request.body as { tools: { name: string }[] };
    const names = tools.map(({ name }) => name).filter((name) => name.startsWith("mcp__baton__"));
    expect(names).toHaveLength(10);
    expect(JSON.stringify(request.body)).toContain("Ask another coding agent");
  });

  it("is the root of what it asks for", async ({ sandbox, baton }) => {
    const config = await configureClaude(sandbox);
    const id = "0b0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a11";
    const argv = [
      "claude",
      "-p",
      "--session-id",
      id,
      "--mcp-config",
      config,
      "--allowedTools",
      "mcp__baton",
    ] as const;
    await sandbox.run([...argv, "--", script("codex")]);
    const { items } = (await baton.json(["tasks"])) as { items: { lineage: { root: string } }[] };
    expect(items.map(({ lineage }) => lineage.root)).toEqual([id, id]);
  });
});

describe("real codex exec in its default sandbox, without approval settings", () => {
  it("asks Claude, and asks a follow-up that carries the first exchange", async ({ sandbox, baton }) => {
    await configureCodex(sandbox);
    const { code, stdout } = await sandbox.run(["codex", "exec", "--json", "--", script("claude")]);
    expect(code).toBe(0);
    expect(stdout).toContain("assistant: the answer is heron");

    const asked = sandbox.model.requests.filter(({ api, side }) => api === "messages" && !side);
    expect(asked.map(({ entries }) => entries.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "user"],
    ]);
    const thread = stdout
      .split("\n")
      .flatMap((line) => (line.includes("thread.started") ? [JSON.parse(line)] : []));
    const { items } = (await baton.json(["tasks"])) as { items: { lineage: { root: string } }[] };
    expect(items.map(({ lineage }) => lineage.root)).toEqual([thread[0]?.thread_id, thread[0]?.thread_id]);
  });

  it("may run out of time: the task goes on and is there for the taking", async ({ sandbox, baton }) => {
    const config = await readFile(await configureCodex(sandbox), "utf8");
    await sandbox.writeUserFile("home/.codex/config.toml", `${config}tool_timeout_sec = 5\n`);
    const held = 'SCRIPT [{"say":"late","wait_for":"go"}]';
    const { stdout } = await sandbox.run([
      "codex",
      "exec",
      "--json",
      "--",
      `SCRIPT ${JSON.stringify([ask("claude", held)])}`,
    ]);
    expect(stdout).toContain("timed out");
    sandbox.model.release("go");
    const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
    expect((await baton.run(["wait", String(items[0]?.id)])).stdout).toBe("late\n");
  });

  it("reaches the tool although its shell reaches nothing: the command says what to use", async ({
    sandbox,
  }) => {
    const shell = `PATH=${path.dirname(process.execPath)}:$PATH ${BATON} ask claude hello; echo "exit $?"`;
    const { stdout } = await sandbox.run([
      "codex",
      "exec",
      "--json",
      "--",
      `SCRIPT ${JSON.stringify([{ shell }, { tool_result: true }])}`,
    ]);
    expect(stdout).toContain("exit 5");
    expect(stdout).toContain("Use the Baton tool");
    // Nothing was started in there: the sandbox fixture finds every process that is left.
  });
});

describe("an agent that Baton has started", () => {
  it("has the tools of the hub, not those of the user's own registration beside them", async ({
    sandbox,
    baton,
  }) => {
    await configureCodex(sandbox);
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[agents.codex]\nmcp_servers = true\n");
    const prompt = `SCRIPT ${JSON.stringify([ask("claude", FIRST), { tool_result: true }])}`;
    const task = await baton.task(["ask", "codex", prompt]);
    expect(task.answer).toContain("the answer is heron");
    const { items } = (await baton.json(["tasks"])) as { items: Task[] };
    expect(items).toMatchObject([
      { agent: "claude", lineage: { parent: task.id, depth: 2 } },
      { id: task.id },
    ]);
  });

  it.for([
    ["baton", { command: "/opt/x" }, true],
    ["helper", { command: "/home/me/bin/baton", args: ["mcp"] }, true],
    ["helper", { command: "C:\\tools\\baton.cmd" }, true],
    ["helper", { command: "npx", args: ["-y", "baton-bridge@0.1.0", "mcp"] }, true],
    ["helper", { command: "node", args: ["/clone/bin/baton", "mcp"] }, true],
    ["music", { command: "node", args: ["batons.js"] }, false],
    ["remote", { url: "https://example.com/mcp" }, false],
  ] as const)("%s with %o is Baton: %s", ([name, definition, expected]) => {
    expect(isBatonServer(name, definition)).toBe(expected);
  });
});
