import { codexConfig } from "../../testkit/sandbox.ts";
import { BATON, describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const CONTEXT = {
  task: "Move the till to cents. DB_PASSWORD=hunter2",
  files: ["src/price.js: total() and format()"],
  open_issues: ["The tax is not rounded yet"],
  next_step: "Round it half to even.",
};
const ASK = {
  mcp: {
    server: "baton",
    tool: "ask_agent",
    arguments: { agent: "codex", prompt: "What is missing?", context: CONTEXT },
  },
};

describe("context by field", () => {
  it("reaches the agent as a bounded record, a text as it is", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    const { structuredContent } = await client.call("ask_agent", ASK.mcp.arguments);
    // The offline model repeats what it was sent.
    const answer = String(structuredContent["answer"]);
    expect(answer).toMatch(/^You said: What is missing\?\n\n<handoff_context>\n[^]*<\/handoff_context>$/);
    for (const words of [
      "DB_PASSWORD=[redacted]",
      "total() and format()",
      "not rounded yet",
      "half to even",
    ]) {
      expect(answer).toContain(words);
    }
    const plain = "</handoff_context> a diff, DB_PASSWORD=hunter2 and all";
    const whole = await client.call("ask_agent", { agent: "codex", prompt: "And?", context: plain });
    expect(whole.structuredContent["answer"]).toBe(`You said: And?\n\n${plain}`);
    const refused = await client.call("ask_agent", {
      agent: "codex",
      prompt: "And?",
      context: { tasks: "x" },
    });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toContain("invalid_argument");
    await client.close();
  });

  it("is passed on by real Claude Code", async ({ sandbox }) => {
    const servers = { mcpServers: { baton: { command: BATON, args: ["mcp"] } } };
    const config = await sandbox.writeUserFile("home/mcp.json", JSON.stringify(servers));
    const prompt = `SCRIPT ${JSON.stringify([ASK, { tool_result: true }])}`;
    const flags = ["--mcp-config", config, "--allowedTools", "mcp__baton__ask_agent"];
    const { stdout } = await sandbox.run(["claude", "-p", ...flags, "--", prompt]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "completed", agent: "codex" });
    expect(JSON.parse(stdout).answer).toContain("total() and format()");
  });

  it("is passed on by real Codex", async ({ sandbox }) => {
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `${codexConfig(sandbox.model.url)}
[mcp_servers.baton]
command = ${JSON.stringify(BATON)}
args = ["mcp", "--home", ${JSON.stringify(sandbox.batonHome)}]
env_vars = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"]
`,
    );
    const toClaude = { mcp: { ...ASK.mcp, arguments: { ...ASK.mcp.arguments, agent: "claude" } } };
    const prompt = `SCRIPT ${JSON.stringify([toClaude, { say: "done" }])}`;
    await sandbox.run(["codex", "exec", "--json", "--", prompt]);
    const asked = sandbox.model.requests.find(({ api, side }) => api === "messages" && !side);
    expect(JSON.stringify(asked?.body)).toContain("src/price.js: total() and format()");
    // The tool is offered with its fields, not only with a text.
    const offered = sandbox.model.requests.find(({ api }) => api === "responses");
    expect(JSON.stringify(offered?.body)).toContain("open_issues");
  });
});
