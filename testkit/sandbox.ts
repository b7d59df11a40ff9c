import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { ensureClis, type Clis } from "./clis.ts";
import type { Rule } from "./model/plan.ts";
import { startModel, type Model } from "./model/server.ts";
import { waitForNone } from "./processes.ts";
import { start, type Running, type RunOptions, type RunResult } from "./run.ts";

/** How long processes that were told to end may take before they count as left behind. */
const LEFT_BEHIND_AFTER_MS = 5_000;
const MODEL_KEY = "offline-model-key";

/** A private home in which the real CLIs run on the offline model. */
export interface Sandbox {
  readonly root: string;
  readonly home: string;
  /** A git repository with one commit. */
  readonly workspace: string;
  readonly codexHome: string;
  readonly claudeHome: string;
  readonly geminiHome: string;
  readonly batonHome: string;
  readonly clis: Clis;
  readonly model: Model;
  /** The whole environment of a person who works here; nothing of the surrounding one is in it. */
  readonly env: Readonly<Record<string, string>>;
  start(argv: readonly [string, ...string[]], options?: Partial<RunOptions>): Running;
  run(argv: readonly [string, ...string[]], options?: Partial<RunOptions>): Promise<RunResult>;
  /** Writes a file of the user's that nobody may change: `dispose` checks it. Relative to the sandbox's root. */
  writeUserFile(file: string, text: string): Promise<string>;
  /** Stops the model and removes everything; fails when a process is left or a file of the user's has changed. */
  dispose(): Promise<void>;
}

export interface SandboxOptions {
  readonly rules?: Rule[];
}

/** Makes a sandbox; the pinned CLIs are installed when they are not there yet. */
export async function createSandbox({ rules = [] }: SandboxOptions = {}): Promise<Sandbox> {
  const clis = await ensureClis();
  const root = await realpath(await mkdtemp(path.join(tmpdir(), "baton-")));
  const at = (...parts: string[]) => path.join(root, ...parts);
  const model = await startModel({ rules });
  const places = {
    root,
    home: at("home"),
    workspace: at("home", "work"),
    codexHome: at("home", ".codex"),
    claudeHome: at("home", ".claude"),
    geminiHome: at("home", ".gemini"),
    batonHome: at("state"),
  };
  for (const folder of [...Object.values(places), at("bin"), at("tmp")]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await symlink(clis.codex, at("bin", "codex"));
  await symlink(clis.claude, at("bin", "claude"));
  await symlink(clis.gemini, at("bin", "gemini"));
  const env = sandboxEnvironment(places, model);
  const userFiles = new Map<string, string>();

  const sandbox: Sandbox = {
    ...places,
    clis,
    model,
    env,
    start: (argv, options) => start(argv, { cwd: places.workspace, env, ...options }),
    run: (argv, options) => sandbox.start(argv, options).result,
    writeUserFile: async (file, text) => {
      const absolute = path.resolve(root, file);
      await mkdir(path.dirname(absolute), { recursive: true });
      await writeFile(absolute, text);
      userFiles.set(absolute, text);
      return absolute;
    },
    dispose: async () => {
      await model.close();
      const left = await waitForNone(root, LEFT_BEHIND_AFTER_MS);
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      const changed = await changedFiles(userFiles);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
      if (left.length > 0) throw new Error(`left running: ${JSON.stringify(left)}`);
      if (changed.length > 0) throw new Error(`changed files of the user: ${changed.join(", ")}`);
    },
  };
  await writeConfigs(sandbox);
  return sandbox;
}

type Places = Pick<Sandbox, "root" | "home" | "codexHome" | "claudeHome" | "batonHome">;

function sandboxEnvironment(places: Places, model: Model): Record<string, string> {
  const system = process.platform === "win32" ? process.env["PATH"] : "/usr/local/bin:/usr/bin:/bin";
  const bin = [path.join(places.root, "bin"), path.dirname(process.execPath), system];
  return {
    HOME: places.home,
    PATH: bin.join(path.delimiter),
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    TMPDIR: path.join(places.root, "tmp"),
    CODEX_HOME: places.codexHome,
    MODEL_KEY,
    CLAUDE_CONFIG_DIR: places.claudeHome,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: MODEL_KEY,
    // Without these Claude Code 2.1.330 looks for hosts that no test may reach.
    DISABLE_TELEMETRY: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    GEMINI_API_KEY: MODEL_KEY,
    GOOGLE_GEMINI_BASE_URL: model.url,
    BATON_HOME: places.batonHome,
    BATON_CONFIG: path.join(places.home, ".config", "baton", "config.toml"),
  };
}

async function writeConfigs(sandbox: Sandbox): Promise<void> {
  await sandbox.writeUserFile("home/.gitconfig", '[user]\nname = "A Person"\nemail = person@example.com\n');
  await sandbox.writeUserFile("home/.codex/config.toml", codexConfig(sandbox.model.url));
  await sandbox.writeUserFile("home/.claude/settings.json", "{}\n");
  await sandbox.writeUserFile("home/.gemini/settings.json", JSON.stringify(GEMINI_SETTINGS));
  const trusted = { [sandbox.workspace]: "TRUST_FOLDER" };
  await sandbox.writeUserFile("home/.gemini/trustedFolders.json", JSON.stringify(trusted));
  await writeFile(path.join(sandbox.workspace, "README.md"), "# A repository\n\nThe lighthouse is green.\n");
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "."],
    ["commit", "-qm", "Begin"],
  ]) {
    const { code, stderr } = await sandbox.run(["git", ...args]);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
}

/** Codex 0.169.0 on the offline model: its defaults for sandbox and approvals, so that tests meet what users have. */
export function codexConfig(modelUrl: string): string {
  return `model = "gpt-5.5"
model_provider = "offline"

[model_providers.offline]
name = "offline"
base_url = "${modelUrl}/v1"
wire_api = "responses"
env_key = "MODEL_KEY"
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false
`;
}

/** Gemini CLI 0.61.0 with an API key, and nothing that calls on a host that no test may reach. */
export const GEMINI_SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false },
};

async function changedFiles(expected: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const files = [...expected].map(async ([file, text]) => ({
    file,
    same: (await readFile(file, "utf8").catch(() => null)) === text,
  }));
  return (await Promise.all(files)).filter(({ same }) => !same).map(({ file }) => file);
}
