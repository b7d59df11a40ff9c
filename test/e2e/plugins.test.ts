import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "smol-toml";

import { isBatonServer } from "../../src/agents/own-server.ts";
import type { Task } from "../../src/contracts/task.ts";
import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { linkGlobally, ROOT } from "../support/npm.ts";

const CLAUDE_PLUGIN = path.join(ROOT, "plugins", "claude");
const TOOLS = "plugin_baton_baton";
const ANSWER = 'SCRIPT [{"say":"the answer is heron"}]';

const asking = (server: string, agent: string) =>
  `SCRIPT ${JSON.stringify([
    { mcp: { server, tool: "ask_agent", arguments: { agent, prompt: ANSWER } } },
    { tool_result: true },
  ])}`;

/** Codex 0.169.0 waits a second for its servers, so its model holds its first answer until they are there. */
const askingLater = (server: string, agent: string) =>
  asking(server, agent).replace("[", '[{"shell":"true","wait_for":"tools"},');

async function codexAsks(
  sandbox: Sandbox,
  { toolsListed, env }: { toolsListed: () => Promise<void>; env: Record<string, string> },
): Promise<string> {
  const argv = ["codex", "exec", "--json", "--", askingLater("baton", "claude")] as const;
  const running = sandbox.start(argv, { env });
  await toolsListed();
  sandbox.model.release("tools");
  return (await running.result).stdout;
}

const tasksOf = (listed: unknown) => (listed as { items: Task[] }).items;

/** The names of the tools that the model of the last conversation was offered. */
function toolsOffered(sandbox: Sandbox): readonly string[] {
  const request = sandbox.model.requests.findLast(({ side }) => !side);
  const { tools } = (request?.body ?? { tools: [] }) as { tools: { name?: string; type: string }[] };
  return tools.map(({ name, type }) => name ?? type);
}

/** Claude Code with the plugin installed as a person does it, in a configuration of its own. */
async function withClaudePlugin(sandbox: Sandbox) {
  const env = { ...sandbox.env, CLAUDE_CONFIG_DIR: path.join(sandbox.home, "claude-with-plugin") };
  const claude = (...args: string[]) => sandbox.run(["claude", ...args], { env });
  expect(await claude("plugin", "marketplace", "add", ROOT)).toMatchObject({ code: 0 });
  expect(await claude("plugin", "install", "baton@baton")).toMatchObject({ code: 0 });
  return { env };
}

/** Codex with the plugin installed as a person does it, in a home of its own. */
async function withCodexPlugin(sandbox: Sandbox) {
  const codexHome = path.join(sandbox.home, "codex-with-plugin");
  await mkdir(codexHome);
  await writeFile(path.join(codexHome, "config.toml"), codexConfig(sandbox.model.url));
  const env = { ...sandbox.env, CODEX_HOME: codexHome };
  const codex = (...args: string[]) => sandbox.run(["codex", ...args], { env });
  expect(await codex("plugin", "marketplace", "add", ROOT)).toMatchObject({ code: 0 });
  expect(await codex("plugin", "add", "baton@baton")).toMatchObject({ code: 0 });
  return { env };
}

/** An `npx` that only counts how often it is started. */
async function recordNpx(sandbox: Sandbox) {
  const folder = path.join(sandbox.root, "recording");
  const record = path.join(sandbox.root, "tmp", "npx-starts");
  await mkdir(folder);
  await writeFile(path.join(folder, "npx"), `#!/bin/sh\necho started >> ${record}\n`, { mode: 0o755 });
  return {
    PATH: `${folder}${path.delimiter}${sandbox.env["PATH"]}`,
    starts: async () => (await readFile(record, "utf8").catch(() => "")).split("\n").length - 1,
  };
}

describe("the plugin for Claude Code", () => {
  it.for([["plugins/claude"], ["."]] as const)(
    "%s passes the vendor's strict validator",
    async ([folder], { sandbox }) => {
      const { code, stdout, stderr } = await sandbox.run([
        "claude",
        "plugin",
        "validate",
        "--strict",
        path.join(ROOT, folder),
      ]);
      expect({ code, output: stdout + stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain("Validation passed");
    },
  );

  it("brings the tools, and a command that reaches Codex in the name of the session", async ({
    sandbox,
    baton,
  }) => {
    await linkGlobally(sandbox);
    const id = "0b0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a11";
    const { code, stdout, stderr } = await sandbox.run([
      "claude",
      "-p",
      "--session-id",
      id,
      "--plugin-dir",
      CLAUDE_PLUGIN,
      "--allowedTools",
      `mcp__${TOOLS}`,
      "--",
      `/baton:ask codex ${asking(TOOLS, "codex")}`,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ agent: "codex", answer: "the answer is heron" });
    expect(toolsOffered(sandbox)).toContain(`mcp__${TOOLS}__ask_agent`);
    const request = sandbox.model.requests.find(({ api, side }) => api === "messages" && !side);
    expect(JSON.stringify(request?.body)).toContain("Ask another coding agent with the Baton tool");
    expect(tasksOf(await baton.json(["tasks"]))).toMatchObject([
      { agent: "codex", status: "completed", lineage: { root: id, depth: 1 } },
    ]);
  });

  it("brings its commands, its skill and its agent", async ({ sandbox }) => {
    await linkGlobally(sandbox);
    const { stdout } = await sandbox.run([
      "claude",
      "-p",
      "--plugin-dir",
      CLAUDE_PLUGIN,
      "--output-format",
      "stream-json",
      "--verbose",
      "--",
      "hello",
    ]);
    const [init] = stdout.split("\n").flatMap((line) => (line.includes('"init"') ? [JSON.parse(line)] : []));
    expect(init.slash_commands).toEqual(
      expect.arrayContaining(["baton:ask", "baton:delegate", "baton:review", "baton:tasks"]),
    );
    expect(init.skills).toContain("baton:baton");
    expect(init.agents).toContain("baton:delegate");
    expect(init.mcp_servers).toMatchObject([{ name: "plugin:baton:baton", status: "connected" }]);
  });

  it("is installed from the marketplace of the repository", async ({ sandbox }) => {
    await linkGlobally(sandbox);
    const { env } = await withClaudePlugin(sandbox);
    const { stdout } = await sandbox.run(["claude", "mcp", "list"], { env });
    expect(stdout).toMatch(/^plugin:baton:baton: npx -y baton-bridge mcp .*Connected$/m);
  });

  it("is not there for a Claude Code that Baton starts", async ({ sandbox, baton }) => {
    const { starts, PATH } = await recordNpx(sandbox);
    const { env } = await withClaudePlugin(sandbox);
    const withNpx = { env: { ...env, PATH } };
    await sandbox.run(["claude", "-p", "--", "hello"], withNpx);
    const byThePerson = await starts();
    expect(byThePerson).toBeGreaterThan(0);

    expect(await baton.run(["ask", "claude", "hello"], withNpx)).toMatchObject({ code: 0 });
    expect(await starts()).toBe(byThePerson);
    const offered = toolsOffered(sandbox).filter((name) => name.startsWith("mcp__"));
    expect(offered).toContain("mcp__baton__ask_agent");
    expect(offered.filter((name) => !name.startsWith("mcp__baton__"))).toEqual([]);
  });
});

describe("the plugin for Codex", () => {
  it("is installed from the marketplace of the repository, and asks Claude in the name of the thread", async ({
    sandbox,
    baton,
  }) => {
    const { toolsListed } = await linkGlobally(sandbox);
    const { env } = await withCodexPlugin(sandbox);
    const stdout = await codexAsks(sandbox, { toolsListed, env });
    expect(stdout).toContain("the answer is heron");
    const [thread] = stdout
      .split("\n")
      .flatMap((line) => (line.includes("thread.started") ? [JSON.parse(line)] : []));
    expect(tasksOf(await baton.json(["tasks"], { env }))).toMatchObject([
      { agent: "claude", status: "completed", lineage: { root: thread.thread_id, depth: 1 } },
    ]);
    const request = sandbox.model.requests.find(({ api }) => api === "responses");
    expect(JSON.stringify(request?.body)).toContain("baton:baton");
  });

  it("is not there for a Codex that Baton starts, which has the tools of the hub", async ({
    sandbox,
    baton,
  }) => {
    const { starts, PATH } = await recordNpx(sandbox);
    const { env } = await withCodexPlugin(sandbox);
    const withNpx = { env: { ...env, PATH } };
    await sandbox.run(["codex", "exec", "--", "hello"], withNpx);
    const byThePerson = await starts();
    expect(byThePerson).toBeGreaterThan(0);

    await sandbox.writeUserFile("home/.config/baton/config.toml", "[agents.codex]\nmcp_servers = true\n");
    const task = await baton.task(["ask", "codex", asking("baton", "claude")], withNpx);
    expect(task.answer).toContain("the answer is heron");
    expect(await starts()).toBe(byThePerson);
  });
});

describe("the extension for Gemini CLI", () => {
  const folder = path.join(ROOT, "plugins", "gemini");

  it("has the parts that the vendor's validator looks for, and commands that pass on what was typed", async () => {
    const manifest = JSON.parse(await readFile(path.join(folder, "gemini-extension.json"), "utf8"));
    expect(manifest.name).toMatch(/^[a-z0-9-]+$/);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await readFile(path.join(folder, manifest.contextFileName), "utf8")).toContain("ask_agent");
    expect(manifest.mcpServers.baton).not.toHaveProperty("trust");
    for (const name of ["ask", "delegate", "review", "tasks"]) {
      const command = parse(await readFile(path.join(folder, "commands", "baton", `${name}.toml`), "utf8"));
      expect(command).toEqual({
        description: expect.any(String),
        prompt: expect.stringContaining("{{args}}"),
      });
    }
  });
});

describe("the manifests", () => {
  it("have the version of the package, and a server that Baton knows as itself", async () => {
    const read = async (file: string) => JSON.parse(await readFile(path.join(ROOT, file), "utf8"));
    const { version } = await read("package.json");
    const codex = await read("plugins/codex/.codex-plugin/plugin.json");
    const servers = await read("plugins/codex/.mcp.json");
    const claude = await read("plugins/claude/.claude-plugin/plugin.json");
    const gemini = await read("plugins/gemini/gemini-extension.json");
    for (const manifest of [codex, claude, gemini]) expect(manifest.version).toBe(version);
    for (const { mcpServers } of [servers, claude, gemini]) {
      expect(isBatonServer("another name", mcpServers.baton)).toBe(true);
    }
  });
});

describe("the samples", () => {
  const sample = (name: string) => path.join(ROOT, "examples", name);
  const withCommands = (sandbox: Sandbox, bin: string) => ({
    ...sandbox.env,
    PATH: `${bin}${path.delimiter}${sandbox.env["PATH"]}`,
  });

  it.for([".mcp.json", "npx.mcp.json"])(
    "%s is read by Claude Code, which finds the tools",
    async (file, { sandbox }) => {
      const { bin } = await linkGlobally(sandbox);
      await cp(sample(file), path.join(sandbox.workspace, ".mcp.json"));
      const { stdout } = await sandbox.run(
        ["claude", "-p", "--allowedTools", "mcp__baton", "--", asking("baton", "codex")],
        { env: withCommands(sandbox, bin) },
      );
      expect(JSON.parse(stdout)).toMatchObject({ agent: "codex", answer: "the answer is heron" });
    },
  );

  it.for(["config.toml", "npx.config.toml"])(
    "%s is read by Codex, which finds the tools",
    async (file, { sandbox }) => {
      const { bin, toolsListed } = await linkGlobally(sandbox);
      const config = `${codexConfig(sandbox.model.url)}\n${await readFile(sample(file), "utf8")}`;
      await sandbox.writeUserFile("home/.codex/config.toml", config);
      const stdout = await codexAsks(sandbox, { toolsListed, env: withCommands(sandbox, bin) });
      expect(stdout).toContain("the answer is heron");
    },
  );
});
