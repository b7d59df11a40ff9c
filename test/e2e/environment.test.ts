import { readFile } from "node:fs/promises";

import { claudeEnvironment } from "../../src/agents/claude/environment.ts";
import { environmentFor } from "../../src/agents/environment.ts";
import { processesOf } from "../../testkit/processes.ts";
import { describe, expect, it } from "../support/baton.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';
const SECRETS = {
  ANTHROPIC_AUTH_TOKEN: "of-anthropic",
  OPENAI_API_KEY: "of-openai",
  GEMINI_API_KEY: "of-google",
  AWS_SECRET_ACCESS_KEY: "of-amazon",
  GITHUB_TOKEN: "of-github",
  LD_PRELOAD: "",
  NODE_OPTIONS: "",
  CODEX_THREAD_ID: "an enclosing Codex",
  CLAUDECODE: "1",
  CLAUDE_CODE_SESSION_ID: "an enclosing Claude Code",
  DATABASE_URL: "of-the-user",
};

// Only Linux tells the environment of another process in a file.
describe.runIf(process.platform === "linux")("the environment of an agent", () => {
  it.for([
    [
      "codex",
      "app-server",
      ["CODEX_HOME", "HOME", "LANG", "MODEL_KEY", "OPENAI_API_KEY", "PATH", "SHELL", "TMPDIR"],
    ],
    [
      "claude",
      "stream-json",
      ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR", "HOME"],
    ],
  ] as const)(
    "%s has what it needs and nothing of anybody else",
    async ([agent, mark, wanted], { sandbox, baton }) => {
      const env = { ...sandbox.env, ...SECRETS };
      const running = baton.start(["ask", agent, HELD], { env });
      await sandbox.model.waitForRequest(({ side }) => !side);
      const child = (await processesOf(sandbox.root)).find(({ command }) => command.includes(mark));
      const names = await variablesOf(child?.pid);
      for (const name of wanted) expect(names).toContain(name);
      const own = agent === "codex" ? ["OPENAI_API_KEY"] : ["ANTHROPIC_AUTH_TOKEN"];
      const foreign = Object.keys(SECRETS).filter((name) => !own.includes(name));
      const ours = Object.keys(sandbox.env).filter((name) => name.startsWith("BATON_"));
      expect(names.filter((name) => [...foreign, ...ours].includes(name))).toEqual([]);
      const hub = (await processesOf(sandbox.root)).find(({ command }) => command.includes("hub run"));
      const ofHub = await variablesOf(hub?.pid);
      expect(ofHub.filter((name) => name in SECRETS)).toEqual([]);
      sandbox.model.release("go");
      await running.result;
    },
  );

  it("has a cloud's keys only where Claude Code is told to use that cloud", async () => {
    const secrets = { AWS_SECRET_ACCESS_KEY: "x", GOOGLE_CLOUD_PROJECT: "y" };
    const namesFor = async (env: Record<string, string>) =>
      Object.keys(await environmentFor(claudeEnvironment, { HOME: "/nowhere", ...env, ...secrets }));
    expect(await namesFor({})).toEqual(["HOME"]);
    expect(await namesFor({ CLAUDE_CODE_USE_BEDROCK: "1" })).toEqual([
      "HOME",
      "CLAUDE_CODE_USE_BEDROCK",
      "AWS_SECRET_ACCESS_KEY",
    ]);
  });

  it("can be extended by the config, for one agent", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[agents.codex]\nenv = { MINE = "42" }\n');
    const task = await baton.task([
      "ask",
      "codex",
      'SCRIPT [{"shell":"printenv MINE"},{"tool_result":true}]',
    ]);
    expect(task.answer).toContain("42");
  });

  it("is never written to disk", async ({ sandbox, baton }) => {
    await baton.run(["ask", "codex", "hello"], { env: { ...sandbox.env, OPENAI_API_KEY: "sk-not-on-disk" } });
    const { stdout } = await sandbox.run([
      "grep",
      "-rl",
      "-e",
      "sk-not-on-disk",
      "-e",
      "offline-model-key",
      sandbox.batonHome,
    ]);
    expect(stdout).toBe("");
  });
});

/** The names of the variables that a process was started with. */
async function variablesOf(pid: number | undefined): Promise<readonly string[]> {
  const environ = await readFile(`/proc/${pid}/environ`, "utf8");
  return environ.split("\0").map((entry) => entry.split("=")[0] ?? "");
}
