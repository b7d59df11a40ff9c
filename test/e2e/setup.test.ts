import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";

import { GEMINI_SETTINGS, type Sandbox } from "../../testkit/sandbox.ts";
import { BATON, describe, expect, it, type Baton } from "../support/baton.ts";

interface Item {
  readonly agent: string;
  readonly status: string;
  readonly file: string;
  readonly backup: string | null;
  readonly message: string;
  readonly fix: string | null;
  readonly diff: string | null;
}

async function setup(baton: Baton, ...args: readonly string[]): Promise<readonly Item[]> {
  const { items, next } = (await baton.json(["setup", ...args])) as { items: Item[]; next: null };
  expect(next).toBeNull();
  return items;
}

const statuses = (items: readonly Item[]) =>
  Object.fromEntries(items.map(({ agent, status }) => [agent, status]));

const configOf = (sandbox: Sandbox) => path.join(sandbox.codexHome, "config.toml");
const readOrNull = (file: string) => readFile(file, "utf8").catch(() => null);

const ask = (agent: string) =>
  `SCRIPT ${JSON.stringify([
    { mcp: { server: "baton", tool: "ask_agent", arguments: { agent, prompt: 'SCRIPT [{"say":"heron"}]' } } },
    { tool_result: true },
  ])}`;

describe("baton setup", () => {
  it("takes no consent from a shell inside an agent", async ({ sandbox, baton }) => {
    const before = await readFile(configOf(sandbox), "utf8");
    const env = { ...sandbox.env, CLAUDECODE: "1" };
    for (const args of [
      ["codex", "--yes"],
      ["--claude-file-tools", "codex"],
    ]) {
      const { code, stderr } = await baton.run(["setup", ...args], { env });
      expect([code, stderr]).toEqual([4, expect.stringContaining("only a person")]);
    }
    expect(await readFile(configOf(sandbox), "utf8")).toBe(before);
  });

  it("lets real Claude Code ask Codex and real Codex ask Claude Code, and leaves no trace when it is undone", async ({
    sandbox,
    baton,
  }) => {
    const before = await readFile(configOf(sandbox));
    const items = await setup(baton, "claude", "codex", "--yes");
    expect(statuses(items)).toEqual({ claude: "registered", codex: "registered" });

    const list = await sandbox.run(["claude", "mcp", "list"]);
    expect(list.stdout).toMatch(/baton: .*bin\/baton mcp .*Connected/);
    const codex = JSON.parse((await sandbox.run(["codex", "mcp", "get", "baton", "--json"])).stdout);
    expect(codex).toMatchObject({
      enabled: true,
      transport: {
        type: "stdio",
        command: BATON,
        args: ["mcp", "--home", sandbox.batonHome, "--config", expect.any(String)],
      },
      startup_timeout_sec: 20,
      tool_timeout_sec: 600,
    });
    expect(codex.transport.env_vars).toEqual(
      expect.arrayContaining(["ANTHROPIC_BASE_URL", "CODEX_HOME", "MODEL_KEY"]),
    );

    const fromClaude = await sandbox.run([
      "claude",
      "-p",
      "--allowedTools",
      "mcp__baton",
      "--",
      ask("codex"),
    ]);
    expect(fromClaude.stdout).toContain("heron");
    const fromCodex = await sandbox.run(["codex", "exec", "--json", "--", ask("claude")]);
    expect(fromCodex.stdout).toContain("heron");
    const { items: tasks } = (await baton.json(["tasks"])) as { items: unknown[] };
    expect(tasks).toMatchObject([
      { agent: "claude", status: "completed" },
      { agent: "codex", status: "completed" },
    ]);

    expect(statuses(await setup(baton, "--undo"))).toEqual({ claude: "removed", codex: "removed" });
    expect(await readFile(configOf(sandbox))).toEqual(before);
    expect((await sandbox.run(["claude", "mcp", "get", "baton"])).code).toBe(1);
    expect(await setup(baton, "--undo")).toEqual([]);
  });

  it("approves a call that may change something, for Codex with --yes only", async ({ sandbox, baton }) => {
    const delegate = `SCRIPT ${JSON.stringify([
      {
        mcp: {
          server: "baton",
          tool: "delegate_task",
          arguments: { agent: "claude", prompt: 'SCRIPT [{"say":"done"}]' },
        },
      },
      { tool_result: true },
    ])}`;
    await setup(baton, "codex");
    const exec = ["codex", "exec", "--sandbox", "workspace-write", "--json", "--", delegate] as const;
    const refused = await sandbox.run(exec);
    expect(refused.stdout).toContain("requires approval");
    await setup(baton, "codex", "--yes");
    const done = await sandbox.run(exec);
    expect(done.stdout).not.toContain("requires approval");
    const { items } = (await baton.json(["tasks"])) as { items: unknown[] };
    expect(items).toMatchObject([{ agent: "claude", access: "write", answer: "done" }]);
    await setup(baton, "--undo");
  });

  it("changes nothing the second time, from another shell too, and takes no consent back", async ({
    sandbox,
    baton,
  }) => {
    await setup(baton, "claude", "codex", "--yes");
    const files = [configOf(sandbox), path.join(sandbox.claudeHome, ".claude.json")];
    const read = () => Promise.all(files.map((file) => readFile(file, "utf8")));
    const once = await read();
    expect(once[0]).toContain('default_tools_approval_mode = "approve"');
    const backups = await readdir(path.join(sandbox.batonHome, "backups"));
    const env = Object.fromEntries(Object.entries(sandbox.env).filter(([name]) => name !== "MODEL_KEY"));
    const again = await baton.run(["setup", "claude", "codex"], { env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing had to be changed") });
    expect(await read()).toEqual(once);
    expect(await readdir(path.join(sandbox.batonHome, "backups"))).toEqual(backups);
    await setup(baton, "--undo");
  });

  it("shows with --dry-run what it would change, and changes nothing", async ({ sandbox, baton }) => {
    const { code, stdout } = await baton.run(["setup", "--dry-run", "--instructions"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`+++ ${configOf(sandbox)}`);
    expect(stdout).toContain("\n+[mcp_servers.baton]\n");
    expect(stdout).toContain(`--- /dev/null\n+++ ${path.join(sandbox.claudeHome, ".claude.json")}`);
    expect(stdout).toContain("+<!-- baton -->");
    expect(stdout).not.toContain("approve");
    expect(await readdir(sandbox.claudeHome)).toEqual(["settings.json"]);
    expect(await readdir(sandbox.codexHome)).toEqual(["config.toml"]);
    expect(await readdir(sandbox.batonHome)).toEqual([]);
  });

  it("keeps links, modes, byte order marks and line ends, and a private backup", async ({
    sandbox,
    baton,
  }) => {
    const file = configOf(sandbox);
    const original = await readFile(file, "utf8");
    const dotfiles = path.join(sandbox.home, "dotfiles.toml");
    const text = `\ufeff# mine\r\n${original.replaceAll("\n", "\r\n")}# the end`;
    await writeFile(dotfiles, text, { mode: 0o640 });
    await chmod(dotfiles, 0o640);
    await rm(file);
    await symlink("../dotfiles.toml", file);
    const [item] = await setup(baton, "codex");
    expect(item).toMatchObject({ status: "registered", file });
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect((await stat(dotfiles)).mode & 0o777).toBe(0o640);
    const written = await readFile(dotfiles, "utf8");
    expect(written.startsWith(`${text}\r\n\r\n[mcp_servers.baton]\r\n`)).toBe(true);
    expect(written.replaceAll("\r\n", "")).not.toContain("\n");
    expect((await stat(String(item?.backup))).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(String(item?.backup)))).mode & 0o777).toBe(0o700);
    await setup(baton, "--undo");
    expect(await readFile(dotfiles, "utf8")).toBe(text);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    await rm(file);
    await writeFile(file, original);
  });

  it("takes out only its own part where the file has changed since", async ({ sandbox, baton }) => {
    const file = configOf(sandbox);
    const original = await readFile(file, "utf8");
    await setup(baton, "codex");
    await writeFile(file, `${await readFile(file, "utf8")}\n# later\n[tui]\ntheme = "dark"\n`);
    const [item] = await setup(baton, "--undo");
    expect(item).toMatchObject({ status: "removed", message: expect.stringContaining("only Baton's part") });
    expect(await readFile(file, "utf8")).toBe(`${original}\n# later\n[tui]\ntheme = "dark"\n`);
    await writeFile(file, original);
  });

  it("refuses a file that it cannot read, with the place, and goes on with the other agent", async ({
    sandbox,
    baton,
  }) => {
    const state = path.join(sandbox.claudeHome, ".claude.json");
    await writeFile(state, '{\n  "a": 1,\n  oops\n}\n');
    const { code, stdout, stderr } = await baton.run(["setup", "claude", "codex"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/claude +failed +.*\.claude\.json: line 3, column 3/);
    expect(stdout).toMatch(/codex +registered/);
    expect(stderr).toContain("Mend the file at line 3, column 3");
    expect(await readFile(state, "utf8")).toBe('{\n  "a": 1,\n  oops\n}\n');
    expect(await readdir(sandbox.claudeHome)).toEqual([".claude.json", "settings.json"]);
    await setup(baton, "--undo");
  });

  it("registers for a project, in its root, without touching the user's own files", async ({
    sandbox,
    baton,
  }) => {
    const inside = path.join(sandbox.workspace, "src");
    await mkdir(inside);
    const mcp = path.join(sandbox.workspace, ".mcp.json");
    await writeFile(mcp, '{ "mcpServers": { "x": {"command": "y"} },\n\t"other": 1 }');
    const args = ["setup", "claude", "codex", "--scope", "project", "--instructions"] as const;
    const { code } = await baton.run(args, { cwd: inside });
    expect(code).toBe(0);
    const written = await readFile(mcp, "utf8");
    expect(written).toMatch(/^\{ "mcpServers": \{ "x": \{"command": "y"\}, "baton":.*\},\n\t"other": 1 \}$/);
    const claude = await sandbox.run(["claude", "mcp", "get", "baton"]);
    expect(claude.stdout).toContain("Project config");
    expect(await readOrNull(path.join(sandbox.workspace, "CLAUDE.md"))).toContain("native_id");
    expect(await readOrNull(path.join(sandbox.workspace, "AGENTS.md"))).toContain("native_id");
    await setup(baton, "--undo");
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("?? .mcp.json\n");
    expect(await readFile(mcp, "utf8")).toBe('{ "mcpServers": { "x": {"command": "y"} },\n\t"other": 1 }');
  });

  it("writes for Gemini CLI and opencode where they are on the path, in folders that it takes away again", async ({
    sandbox,
    baton,
  }) => {
    await writeFile(path.join(sandbox.root, "bin", "opencode"), "#!/bin/sh\n", { mode: 0o755 });
    expect(statuses(await setup(baton, "gemini", "opencode", "--yes"))).toEqual({
      gemini: "registered",
      opencode: "registered",
    });
    const gemini = path.join(sandbox.home, ".gemini", "settings.json");
    expect(JSON.parse(await readFile(gemini, "utf8"))).toEqual({
      ...GEMINI_SETTINGS,
      mcpServers: { baton: { command: BATON, args: expect.any(Array), timeout: 600_000, trust: true } },
    });
    expect((await stat(path.dirname(gemini))).mode & 0o777).toBe(0o700);
    const opencode = path.join(sandbox.home, ".config", "opencode", "opencode.json");
    expect(JSON.parse(await readFile(opencode, "utf8"))).toMatchObject({ mcp: { baton: { type: "local" } } });
    await setup(baton, "--undo");
    expect(await readFile(gemini, "utf8")).toBe(JSON.stringify(GEMINI_SETTINGS));
    expect(await readOrNull(opencode)).toBeNull();
    expect(await readdir(sandbox.home)).not.toContain(".config");
  });

  it("gives Claude's file tools only when told, and says what they lack", async ({ sandbox, baton }) => {
    const items = await setup(baton, "codex", "--claude-file-tools", "codex");
    expect(items[0]?.message).toContain("asks for no permission");
    const added = JSON.parse(
      (await sandbox.run(["codex", "mcp", "get", "claude-file-tools", "--json"])).stdout,
    );
    expect(added.transport).toMatchObject({ args: ["mcp", "serve"] });
    await setup(baton, "--undo");
    expect(await readFile(configOf(sandbox), "utf8")).not.toContain("claude-file-tools");
  });

  it("says what is not installed, and what it does not know", async ({ sandbox, baton }) => {
    await rename(path.join(sandbox.root, "bin", "codex"), path.join(sandbox.root, "bin", "other"));
    const missing = await baton.run(["setup", "codex"]);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain("BATON_CODEX_BIN");
    expect((await baton.run(["setup", "emacs"])).code).toBe(2);
  });
});

const NOBODY = 65_534;

/** Only root can become another user, who then has to be able to read this clone. */
function canRunAsNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  const look = `require("fs").accessSync(${JSON.stringify(BATON)})`;
  return spawnSync(process.execPath, ["-e", look], { uid: NOBODY, gid: NOBODY }).status === 0;
}

describe.runIf(canRunAsNobody())("baton setup without the right to write, for an ordinary user", () => {
  it.for(["file", "folder"])("says so for a read-only %s, and changes nothing", async (what, { sandbox }) => {
    const home = path.join("/var/tmp", path.basename(sandbox.root));
    const folder = path.join(home, ".codex");
    const file = path.join(folder, "config.toml");
    await mkdir(folder, { recursive: true });
    await mkdir(path.join(home, "bin"));
    await writeFile(path.join(home, "bin", "codex"), "#!/bin/sh\n", { mode: 0o755 });
    await writeFile(file, "a = 1\n");
    for (const place of [home, folder, file]) await chown(place, NOBODY, NOBODY);
    await chmod(what === "file" ? file : folder, what === "file" ? 0o444 : 0o555);
    const env = {
      HOME: home,
      BATON_HOME: path.join(home, "state"),
      PATH: [path.join(home, "bin"), path.dirname(process.execPath), "/usr/bin:/bin"].join(":"),
    };
    const argv = [BATON, "setup", "codex", "--json"];
    const child = spawn(process.execPath, argv, { cwd: "/", env, uid: NOBODY, gid: NOBODY });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    const [code] = (await once(child, "close")) as [number];
    const place = what === "file" ? file : folder;
    expect(JSON.parse(stdout).items).toMatchObject([
      {
        agent: "codex",
        status: "failed",
        message: expect.stringContaining(place),
        fix: expect.stringContaining(place),
      },
    ]);
    expect(code).toBe(1);
    expect(await readFile(file, "utf8")).toBe("a = 1\n");
    expect(await readdir(folder)).toEqual(["config.toml"]);
    await rm(home, { recursive: true });
  });
});
