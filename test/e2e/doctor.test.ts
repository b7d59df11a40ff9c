import { chmod, cp, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Finding } from "../../src/contracts/finding.ts";
import { agentSchema } from "../../src/contracts/agent.ts";
import { findingSchema } from "../../src/contracts/finding.ts";
import { identify } from "../../src/process/identity.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { processesOf } from "../../testkit/processes.ts";
import { registerInGemini } from "../support/chain.ts";
import { BATON, describe, expect, it, type Baton } from "../support/baton.ts";

interface Examined {
  readonly code: number | null;
  readonly items: readonly Finding[];
}

async function examine(
  baton: Baton,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Examined> {
  const options = env === undefined ? {} : { env };
  const { code, stdout } = await baton.run(["doctor", ...args, "--json"], options);
  const { items, next } = JSON.parse(stdout) as { items: unknown[]; next: unknown };
  expect(next).toBeNull();
  return { code, items: items.map((item) => findingSchema.parse(item)) };
}

const complaintsIn = (items: readonly Finding[]) =>
  items.filter(({ level }) => level !== "ok").map(({ level, code }) => `${level} ${code}`);

/** The variables of a sandbox's person that Codex has to pass on. */
const passedOn = (sandbox: Sandbox) =>
  Object.keys(sandbox.env).filter((name) =>
    /^(BATON|CODEX|ANTHROPIC|CLAUDE|DISABLE|GEMINI|GOOGLE)_/.test(name),
  );

function codexServer(sandbox: Sandbox, timeout: string): string {
  return `
[mcp_servers.baton]
command = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(BATON)}, "mcp"]
tool_timeout_sec = ${timeout}
env_vars = ${JSON.stringify(passedOn(sandbox))}
default_tools_approval_mode = "approve"
`;
}

async function registerInCodex(sandbox: Sandbox, timeout = "600.0"): Promise<void> {
  const file = path.join(sandbox.codexHome, "config.toml");
  await sandbox.writeUserFile(file, (await readFile(file, "utf8")) + codexServer(sandbox, timeout));
}

async function registerInClaude(sandbox: Sandbox): Promise<void> {
  const server = { type: "stdio", command: process.execPath, args: [BATON, "mcp"], timeout: 600_000 };
  await sandbox.run(["claude", "mcp", "add-json", "baton", JSON.stringify(server), "--scope", "user"]);
}

/** A CLI that is nothing but its version. */
async function imitation(sandbox: Sandbox, name: string, says: string): Promise<string> {
  const file = path.join(sandbox.root, "old", name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${says}'\n`);
  await chmod(file, 0o755);
  return file;
}

describe("the doctor", () => {
  it("has nothing to mend where all agents have Baton, and none calls a model", async ({
    sandbox,
    baton,
  }) => {
    await Promise.all([registerInCodex(sandbox), registerInClaude(sandbox), registerInGemini(sandbox)]);
    const { code, items } = await examine(baton, []);
    expect(complaintsIn(items)).toEqual([]);
    expect(code).toBe(0);
    expect(items.map((item) => item.code)).toEqual(
      expect.arrayContaining(
        ["claude", "codex", "gemini"].flatMap((agent) => [`${agent}_opens`, `${agent}_registered`]),
      ),
    );
    expect(sandbox.model.requests).toEqual([]);
    expect(await processesOf(sandbox.root)).toEqual([]);
  });

  it("prints a line for each finding, plain in a pipe, with what mends it", async ({ baton }) => {
    const { stdout, code } = await baton.run(["doctor", "codex"]);
    expect(stdout).toMatch(/^ok {3}Codex 0\.169\.0 at .*\/codex\.$/m);
    expect(stdout).toMatch(/^warn .*\(codex_not_registered\)\n {5}baton setup codex$/m);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("Claude Code");
    expect(code).toBe(0);
  });

  it("asks an agent for real with --live", async ({ sandbox, baton }) => {
    const { code, items } = await examine(baton, ["codex", "--live"]);
    expect(items.find((item) => item.code === "codex_live")?.message).toMatch(/tokens in and \d+ out/);
    expect(sandbox.model.requests.length).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  it("tells with --live that an agent does not answer", async ({ sandbox, baton }) => {
    await sandbox.model.close();
    const { code, items } = await examine(baton, ["codex", "--live"]);
    expect(complaintsIn(items)).toContain("fail codex_live_failed");
    expect(code).toBe(1);
  });

  it("tells that an agent is missing: exit 3 when it was named", async ({ sandbox, baton }) => {
    await rm(path.join(sandbox.root, "bin", "codex"));
    const named = await examine(baton, ["codex"]);
    expect([named.code, complaintsIn(named.items)]).toEqual([3, ["fail codex_missing"]]);
    const all = await examine(baton, []);
    expect(complaintsIn(all.items)).toContain("warn codex_missing");
    expect(all.code).toBe(0);
  });

  it("tells that an agent is too old, with the version to have and what updates it", async ({
    sandbox,
    baton,
  }) => {
    const file = await imitation(sandbox, "codex", "codex-cli 0.98.0");
    const { code, items } = await examine(baton, ["codex"], { ...sandbox.env, BATON_CODEX_BIN: file });
    const finding = items.find((item) => item.code === "codex_too_old");
    expect(finding).toMatchObject({ level: "fail", fix: "npm install -g @openai/codex@latest" });
    expect(finding?.message).toContain("0.98.0");
    expect(code).toBe(3);
  });

  it("tells that nobody is logged in", async ({ sandbox, baton }) => {
    const { ANTHROPIC_API_KEY: _, ...env } = sandbox.env;
    const empty = path.join(sandbox.root, "no-login");
    await mkdir(empty);
    const { code, items } = await examine(baton, [], { ...env, CODEX_HOME: empty });
    expect(complaintsIn(items)).toEqual(
      expect.arrayContaining(["fail claude_not_logged_in", "fail codex_not_logged_in"]),
    );
    expect(items.find((item) => item.code === "codex_not_logged_in")?.fix).toBe("codex login");
    expect(code).toBe(1);
  });

  it("tells what is wrong with a registration in Codex", async ({ sandbox, baton }) => {
    await registerInCodex(sandbox, "120");
    const { items } = await examine(baton, ["codex"], { ...sandbox.env, BATON_CLAUDE_BIN: "/x" });
    expect(complaintsIn(items)).toEqual([
      "warn codex_timeout_short",
      "warn codex_timeout_integer",
      "warn codex_variables_missing",
    ]);
    expect(items.at(-1)?.message).toContain("BATON_CLAUDE_BIN");
  });

  it("tells that an agent cannot start what it has registered", async ({ sandbox, baton }) => {
    const server = { type: "stdio", command: "/gone/baton", args: ["mcp"] };
    await sandbox.run(["claude", "mcp", "add-json", "baton", JSON.stringify(server), "--scope", "user"]);
    const { code, items } = await examine(baton, ["claude"]);
    expect(complaintsIn(items)).toEqual(["fail claude_registration_broken"]);
    expect(code).toBe(1);
  });

  it("tells that the config is invalid, and looks at the rest all the same", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_dept = 1\n");
    const { code, items } = await examine(baton, ["codex"]);
    expect(items.find((item) => item.code === "config_invalid")?.message).toContain("max_dept");
    expect(items.map((item) => item.code)).toContain("codex_opens");
    expect(code).toBe(1);
  });

  it("closes BATON_HOME to others with --fix", async ({ sandbox, baton }) => {
    await registerInCodex(sandbox);
    await chmod(sandbox.batonHome, 0o755);
    expect(complaintsIn((await examine(baton, ["codex"])).items)).toContain("fail home_open");
    const { code, items } = await examine(baton, ["codex", "--fix"]);
    expect(complaintsIn(items)).not.toContain("fail home_open");
    expect((await stat(sandbox.batonHome)).mode & 0o777).toBe(0o700);
    expect(code).toBe(0);
  });

  it("finds what a killed hub has left, and ends it with --fix", async ({ sandbox, baton }) => {
    await baton.run(["ask", "codex", "--background", 'SCRIPT [{"say":"late","wait_for":"go"}]']);
    await sandbox.model.waitForRequest(({ side }) => !side);
    const left = (await processesOf(sandbox.root)).find(({ command }) => command.includes("app-server"));
    const pid = left?.pid ?? -1;
    // A process that does nothing any more does not see that its hub is gone either.
    process.kill(pid, "SIGSTOP");
    process.kill(await baton.hubPid(), "SIGKILL");
    const found = await examine(baton, ["claude"]);
    expect(found.items.find((item) => item.code === "leftover_processes")?.message).toContain(String(pid));
    const { items } = await examine(baton, ["claude", "--fix"]);
    expect(items.map((item) => item.code)).not.toContain("leftover_processes");
    expect(await identify(pid)).toBeNull();
  });

  // Only Linux tells what another process runs.
  it.runIf(process.platform === "linux")("tells a hub whose program is gone", async ({ sandbox, baton }) => {
    await registerInCodex(sandbox);
    const copy = path.join(sandbox.root, "copy");
    await cp(path.resolve(BATON, "../../dist"), path.join(copy, "dist"), { recursive: true });
    await symlink(path.resolve(BATON, "../../node_modules"), path.join(copy, "node_modules"));
    const start = [process.execPath, path.join(copy, "dist", "main.mjs"), "hub", "start"] as const;
    expect(await sandbox.run(start)).toMatchObject({ code: 0 });
    await rm(copy, { recursive: true });
    expect(complaintsIn((await examine(baton, ["codex"])).items)).toContain("warn hub_program_gone");
    const { items } = await examine(baton, ["codex", "--fix"]);
    expect(items.map((item) => item.code)).not.toContain("hub_program_gone");
  });

  it("refuses an agent and a version that it does not know", async ({ baton }) => {
    expect((await baton.run(["doctor", "nobody"])).code).toBe(2);
    expect((await baton.run(["doctor", "--assume", "codex"])).code).toBe(2);
  });

  it("shows where an assumed version stands in the chart", async ({ baton }) => {
    const { stdout, code } = await baton.run(["doctor", "--assume", "codex=0.98.0"]);
    expect(stdout).toMatch(/^codex 0\.87\.0 until 0\.154\.0 {3}<- 0\.98\.0$/m);
    expect(code).toBe(0);
  });
});

describe("baton agents", () => {
  it("lists what is installed, as it says itself", async ({ sandbox, baton }) => {
    const { items } = (await baton.json(["agents"])) as { items: unknown[] };
    const [claude, codex] = items.map((item) => agentSchema.parse(item));
    expect(claude).toMatchObject({
      agent: "claude",
      installed: true,
      version: "2.1.330",
      login: "ANTHROPIC_API_KEY",
      billed_to: "api_key",
      abilities: { resume: true, fork: true, images: true, cost: true },
      access: [
        { level: "read", held_by: "checks", allowed: true },
        { level: "write", held_by: "checks", allowed: true },
        { level: "full", held_by: "nothing", allowed: false },
      ],
      error: null,
    });
    expect(codex).toMatchObject({
      agent: "codex",
      version: "0.169.0",
      billed_to: "unknown",
      abilities: { resume: true, cost: false },
      access: [{ level: "read", held_by: "sandbox" }, { level: "write" }, { level: "full" }],
      error: null,
    });
    for (const agent of [claude, codex]) {
      expect(agent?.models).toContainEqual(expect.objectContaining({ default: true }));
      expect(agent?.efforts).toContain("high");
    }
    expect(sandbox.model.requests).toEqual([]);
    // It needs no hub and starts none.
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: false });
  });

  it("shows one that is named with all that it can do", async ({ baton }) => {
    const { stdout, code } = await baton.run(["agents", "codex"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Codex 0\.169\.0\n {2}program +\/.*codex\n/);
    expect(stdout).toMatch(/^ +gpt-5\.5 \(default; effort low, /m);
    expect(stdout).toMatch(/^ {2}can +resume, fork, steer, schema, images, usage, approvals$/m);
    expect(stdout).toMatch(
      /^ {2}read +held by sandbox: .*\n {2}write .*\n {2}full .*Not allowed by \[access\] max\.$/m,
    );
    expect(stdout).not.toContain("Claude");
  });

  it("lists the others beside one that is broken, and says what is wrong with it", async ({
    sandbox,
    baton,
  }) => {
    // It tells a version that would do, and takes everything else for a version too.
    const file = await imitation(sandbox, "codex", "codex-cli 0.169.0");
    const options = { env: { ...sandbox.env, BATON_CODEX_BIN: file } };
    const all = await baton.run(["agents"], options);
    expect(all).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^codex: Codex does not tell about itself/),
    });
    expect(all.stdout).toMatch(/^claude +2\.1\.330 .*\ncodex +0\.169\.0 +none/m);
    const named = await baton.run(["agents", "codex", "--json"], options);
    expect(named.code).toBe(3);
    expect(JSON.parse(named.stdout)).toMatchObject({
      items: [{ installed: true, models: [], abilities: null, error: { code: "agent_unavailable" } }],
    });
    await rm(path.join(sandbox.root, "bin", "codex"));
    const missing = await baton.run(["agents"]);
    expect(missing).toMatchObject({ code: 0, stdout: expect.stringMatching(/^codex +not installed$/m) });
    expect((await baton.run(["agents", "nobody"])).code).toBe(2);
  });
});
