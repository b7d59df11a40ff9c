import { readFile } from "node:fs/promises";

import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { addressOf, type Address } from "../support/mcp-http.ts";

const FIRST = 'SCRIPT [{"say":"the answer is heron"}]';
const SECOND = 'SCRIPT [{"history":true}]';
const ask = (agent: string, prompt: string) => ({
  mcp: { server: "baton", tool: "ask_agent", arguments: { agent, prompt, session: "talk" } },
});
const script = (agent: string) =>
  `SCRIPT ${JSON.stringify([ask(agent, FIRST), ask(agent, SECOND), { tool_result: true }])}`;

/** Over HTTP no environment comes along: what the agents need to log in stands in the config. */
async function configureBaton(sandbox: Sandbox): Promise<void> {
  const keys = (names: readonly string[]) =>
    names.map((name) => `${name} = ${JSON.stringify(sandbox.env[name])}\n`).join("");
  await sandbox.writeUserFile(
    "home/.config/baton/config.toml",
    `[agents.codex.env]\n${keys(["MODEL_KEY"])}
[agents.claude.env]\n${keys(["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR"])}`,
  );
}

async function configureClaude(sandbox: Sandbox, { url, token }: Address): Promise<string> {
  const baton = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  return sandbox.writeUserFile("home/mcp.json", JSON.stringify({ mcpServers: { baton } }));
}

async function configureCodex(sandbox: Sandbox, url: string, login: string): Promise<void> {
  const config = `${codexConfig(sandbox.model.url)}\n[mcp_servers.baton]\nurl = ${JSON.stringify(url)}\n${login}\n`;
  await sandbox.writeUserFile("home/.codex/config.toml", config);
}

describe("real Claude Code with Baton over HTTP", () => {
  it("asks Codex in its own folder, and asks a follow-up that carries the first exchange", async ({
    sandbox,
    baton,
  }) => {
    await configureBaton(sandbox);
    const config = await configureClaude(sandbox, await addressOf(baton));
    const argv = ["claude", "-p", "--mcp-config", config, "--allowedTools", "mcp__baton__ask_agent"] as const;
    const { code, stdout } = await sandbox.run([...argv, "--", script("codex")]);
    expect(code).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ agent: "codex", status: "completed", cwd: sandbox.workspace });
    expect(shown.answer).toContain("assistant: the answer is heron");
  });
});

describe("real codex exec with Baton over HTTP", () => {
  it.for(["http_headers", "bearer_token_env_var"])(
    "asks Claude, and asks a follow-up, with the token in %s",
    async (where, { sandbox, baton }) => {
      await configureBaton(sandbox);
      const { url, token } = await addressOf(baton);
      const login =
        where === "http_headers"
          ? `http_headers = { Authorization = "Bearer ${token}" }`
          : 'bearer_token_env_var = "BATON_TOKEN"';
      await configureCodex(sandbox, url, login);
      const { code, stdout } = await sandbox.run(["codex", "exec", "--json", "--", script("claude")], {
        env: { ...sandbox.env, BATON_TOKEN: token },
      });
      expect(code).toBe(0);
      expect(stdout).toContain("assistant: the answer is heron");
      const { items } = (await baton.json(["tasks"])) as {
        items: { lineage: { root: string }; cwd: string }[];
      };
      const thread = /"thread_id":"([^"]+)"/.exec(stdout)?.[1];
      expect(items.map(({ lineage, cwd }) => [lineage.root, cwd])).toEqual(
        Array.from({ length: 2 }, () => [thread, sandbox.workspace]),
      );
    },
  );
});

describe("the hub's log", () => {
  it("has no token and no word of what was said over HTTP", async ({ sandbox, baton }) => {
    await configureBaton(sandbox);
    const address = await addressOf(baton);
    const config = await configureClaude(sandbox, address);
    await sandbox.run([
      "claude",
      "-p",
      "--mcp-config",
      config,
      "--allowedTools",
      "mcp__baton",
      "--",
      script("codex"),
    ]);
    const log = await readFile(`${sandbox.batonHome}/hub.log`, "utf8");
    expect(log).toContain("a task goes on");
    expect(log).not.toContain("heron");
    expect(log).not.toContain(address.token);
  });
});
