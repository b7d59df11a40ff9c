import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";

import { start } from "../../testkit/run.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { ROOT } from "../support/npm.ts";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const ENVIRONMENT = process.env as Record<string, string>;

describe("the package", () => {
  let folder = "";
  let packed: Packed;
  const prefix = () => path.join(folder, "prefix");

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "baton-package-"));
    const argv = ["npm", "pack", "--json", "--silent", "--pack-destination", folder] as const;
    const { stdout } = await start(argv, { cwd: ROOT, env: ENVIRONMENT }).result;
    [packed] = JSON.parse(stdout) as [Packed];
    const tarball = path.join(folder, packed.filename);
    const installing = [
      "npm",
      "install",
      "--global",
      "--prefix",
      prefix(),
      "--ignore-scripts",
      tarball,
    ] as const;
    const { code, stderr } = await start([...installing, "--prefer-offline", "--no-audit", "--no-fund"], {
      cwd: folder,
      env: ENVIRONMENT,
    }).result;
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const withCommands = ({ env }: Sandbox) => ({
    ...env,
    PATH: [path.join(prefix(), "bin"), env["PATH"]].join(path.delimiter),
  });

  it(
    "takes a new user from nothing to agents that ask each other, and back",
    { timeout: 180_000 },
    async ({ sandbox }) => {
      const env = withCommands(sandbox);
      const config = path.join(sandbox.codexHome, "config.toml");
      const before = await readFile(config, "utf8");
      const baton = (...args: readonly string[]) => sandbox.run(["baton", ...args], { env });
      const registered = await baton("setup", "claude", "codex", "--yes", "--json");
      expect({ ...registered }).toMatchObject({ code: 0 });

      const checked = await baton("doctor", "claude", "codex", "--json");
      const { items } = JSON.parse(checked.stdout) as {
        items: { code: string; level: string; message: string }[];
      };
      expect(items.filter(({ level }) => level === "fail")).toEqual([]);
      expect(checked.code).toBe(0);

      const asking = (agent: string) => {
        const args = { agent, prompt: 'SCRIPT [{"say":"heron"}]' };
        return `SCRIPT ${JSON.stringify([{ mcp: { server: "baton", tool: "ask_agent", arguments: args } }, { tool_result: true }])}`;
      };
      const claude = [
        "claude",
        "-p",
        "--allowedTools",
        "mcp__baton__ask_agent",
        "--",
        asking("codex"),
      ] as const;
      expect((await sandbox.run(claude, { env })).stdout).toContain("heron");
      const codex = ["codex", "exec", "--json", "--", asking("claude")] as const;
      expect((await sandbox.run(codex, { env })).stdout).toContain("heron");

      expect((await baton("setup", "--undo")).code).toBe(0);
      expect(await readFile(config, "utf8")).toBe(before);
      expect((await sandbox.run(["claude", "mcp", "list"], { env })).stdout).not.toContain("baton");
      await baton("hub", "stop");
    },
  );

  it("is small, and has the licences, the plugins and no CLI", () => {
    const files = packed.files.map((file) => file.path);
    expect(packed.size).toBeLessThan(1_000_000);
    for (const file of [
      "LICENSE",
      "dist/THIRD-PARTY-LICENSES.txt",
      "plugins/claude/.claude-plugin/plugin.json",
      ".claude-plugin/marketplace.json",
      ".agents/plugins/marketplace.json",
      "plugins/codex/.mcp.json",
      "examples/.mcp.json",
    ]) {
      expect(files).toContain(file);
    }
    const expected =
      /^(bin|dist|docs|examples|plugins|\.agents|\.claude-plugin)\/|^testkit\/clis\/package(-lock)?\.json$|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
  });

  it("runs when installed for everybody: its version, its hub, and a question to Codex", async ({
    sandbox,
  }) => {
    const env = withCommands(sandbox);
    const { version } = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
    expect((await sandbox.run(["baton", "--version"], { env })).stdout).toBe(`${version}\n`);
    expect((await sandbox.run(["baton", "hub", "status"], { env })).stdout).toContain("no hub is running");
    expect(await sandbox.run(["baton", "ask", "codex", "hello"], { env })).toMatchObject({
      code: 0,
      stdout: "You said: hello\n",
    });
    const status = await sandbox.run(["baton", "hub", "status", "--json"], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ running: true, version });
    expect(await sandbox.run(["baton", "hub", "stop"], { env })).toMatchObject({ code: 0 });
  });

  it("is what npx runs, without the registry", async ({ sandbox }) => {
    const npmrc = `prefix=${prefix()}\noffline=true\nupdate-notifier=false\n`;
    await sandbox.writeUserFile("home/.npmrc", npmrc);
    const { code, stdout } = await sandbox.run(["npx", "-y", "baton-bridge", "hub", "status", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ running: false });
  });

  it("plays the demo from where it is installed, once the pinned CLIs are there", async ({ sandbox }) => {
    const installed = path.join(prefix(), "lib", "node_modules", "baton-bridge");
    const clis = path.join("testkit", "clis", "node_modules");
    await symlink(path.join(ROOT, clis), path.join(installed, clis));
    const { code, stdout, stderr } = await sandbox.run(["baton", "demo"], { env: withCommands(sandbox) });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("the hub is stopped, no process is left, and no config file has changed");
  });

  it("is a marketplace from which Claude Code installs the plugin without a network", async ({ sandbox }) => {
    const env = { ...sandbox.env, CLAUDE_CONFIG_DIR: path.join(sandbox.home, "claude-with-plugin") };
    const installed = path.join(prefix(), "lib", "node_modules", "baton-bridge");
    const added = await sandbox.run(["claude", "plugin", "marketplace", "add", installed], { env });
    expect(added).toMatchObject({ code: 0 });
    expect(await sandbox.run(["claude", "plugin", "install", "baton@baton"], { env })).toMatchObject({
      code: 0,
    });
  });
});

describe("the release script", () => {
  /** A repository of its own with what the script looks at; its npm scripts are a moment's work. */
  async function repository(
    sandbox: Sandbox,
    { changelog, lint = "true" }: { changelog: string; lint?: string },
  ) {
    const clone = path.join(sandbox.home, "clone");
    const git = (...args: string[]) => sandbox.run(["git", ...args], { cwd: clone });
    for (const part of ["scripts/release.ts", "plugins", "LICENSE", "dist", "bin", "README.md"]) {
      await cp(path.join(ROOT, part), path.join(clone, part), { recursive: true });
    }
    const manifest = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
    manifest.scripts = { ...manifest.scripts, check: "true", lint, build: "true" };
    await writeFile(path.join(clone, "package.json"), JSON.stringify(manifest));
    await writeFile(path.join(clone, "CHANGELOG.md"), changelog);
    await git("init", "-q", "-b", "main");
    await git("add", ".");
    await git("commit", "-qm", "Begin");
    const release = (...args: string[]) =>
      sandbox.run([process.execPath, path.join(clone, "scripts", "release.ts"), ...args], { cwd: clone });
    return { clone, git, release, version: String(manifest.version) };
  }

  const CHANGELOG = "# Changelog\n\n## 0.1.0, 2026-12-01\n\n- Something.\n";

  it("checks everything and changes nothing unless told to tag", async ({ sandbox }) => {
    const { git, release, version } = await repository(sandbox, { changelog: CHANGELOG });
    const { code, stdout, stderr } = await release(version);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("✓ the package is smaller than 1000000 bytes");
    expect(stdout).toContain("Nothing was changed.");
    expect((await git("tag")).stdout).toBe("");
    expect((await git("status", "--porcelain")).stdout).toBe("");

    expect(await release(version, "--tag")).toMatchObject({ code: 0 });
    expect((await git("tag")).stdout).toBe(`v${version}\n`);
    expect((await release(version)).stderr).toContain("is there already");
  });

  it("refuses a tree with changes, another version, and a changelog without a date", async ({ sandbox }) => {
    const undated = CHANGELOG.replace("2026-12-01", "not released yet");
    const { clone, release, version } = await repository(sandbox, { changelog: undated });
    expect(await release("9.9.9")).toMatchObject({ code: 1, stderr: expect.stringContaining("not 9.9.9") });
    expect(await release(version)).toMatchObject({ code: 1, stderr: expect.stringContaining("no date") });
    expect(await release(version, "--publish")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("usage"),
    });
    await writeFile(path.join(clone, "new"), "");
    expect(await release(version)).toMatchObject({ code: 1, stderr: expect.stringContaining("not clean") });
  });

  it("refuses what does not pass the checks, and a package that is too large", async ({ sandbox }) => {
    const { clone, git, release, version } = await repository(sandbox, {
      changelog: CHANGELOG,
      lint: "echo a finding && false",
    });
    expect(await release(version)).toMatchObject({ code: 1, stderr: expect.stringContaining("a finding") });
    const manifest = await readFile(path.join(clone, "package.json"), "utf8");
    await writeFile(path.join(clone, "package.json"), manifest.replace("echo a finding && false", "true"));
    const noise = randomBytes(1_200_000);
    await writeFile(path.join(clone, "bin", "noise"), noise);
    await git("add", ".");
    await git("commit", "-qm", "Grow");
    expect(await release(version)).toMatchObject({ code: 1, stderr: expect.stringContaining("bytes") });
  });
});
