import { codexConfig, GEMINI_SETTINGS, type Sandbox } from "../../testkit/sandbox.ts";
import { BATON } from "./command.ts";

/** The steps of a scripted model, as a prompt. */
export const scripted = (...steps: readonly unknown[]): string => `SCRIPT ${JSON.stringify(steps)}`;

/** A call of one of Baton's tools. */
export const tool = (name: string, args: Readonly<Record<string, unknown>>) => ({
  mcp: { server: "baton", tool: name, arguments: args },
});

export const RESULT = { tool_result: true };

/** A prompt that is handed on from agent to agent, the last of whom is told what its call gave. */
export function handedOn(agents: readonly string[], more: Readonly<Record<string, unknown>> = {}): string {
  const [agent, ...rest] = agents;
  if (agent === undefined) return scripted({ say: "the end of the chain" });
  return scripted(tool("ask_agent", { agent, prompt: handedOn(rest), ...more }), RESULT);
}

/** As a user registers Baton in Claude Code; gives the file for `--mcp-config`. */
export async function registerInClaude(sandbox: Sandbox): Promise<string> {
  const config = { mcpServers: { baton: { command: BATON, args: ["mcp"] } } };
  return sandbox.writeUserFile("home/mcp.json", JSON.stringify(config));
}

/** As a user registers Baton in Codex. */
export async function registerInCodex(sandbox: Sandbox, more = ""): Promise<void> {
  await sandbox.writeUserFile(
    "home/.codex/config.toml",
    `${codexConfig(sandbox.model.url)}
[mcp_servers.baton]
command = ${JSON.stringify(BATON)}
args = ["mcp", "--home", ${JSON.stringify(sandbox.batonHome)}]
env_vars = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "MODEL_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"]
default_tools_approval_mode = "approve"
${more}`,
  );
}

/** As a user registers Baton in Gemini CLI, which passes no variable on that could be a secret unless it is named. */
export async function registerInGemini(sandbox: Sandbox): Promise<void> {
  const baton = {
    command: BATON,
    args: ["mcp", "--home", sandbox.batonHome],
    env: {
      MODEL_KEY: "$MODEL_KEY",
      ANTHROPIC_API_KEY: "$ANTHROPIC_API_KEY",
      GEMINI_API_KEY: "$GEMINI_API_KEY",
    },
    timeout: 600_000,
    trust: true,
  };
  const settings = { ...GEMINI_SETTINGS, mcpServers: { baton } };
  await sandbox.writeUserFile("home/.gemini/settings.json", JSON.stringify(settings));
}

/** The command line of a user's own Claude Code that may use Baton's tools. */
export function claudeArgv(config: string, prompt: string): readonly [string, ...string[]] {
  return ["claude", "-p", "--mcp-config", config, "--allowedTools", "mcp__baton", "--", prompt];
}
