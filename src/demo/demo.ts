import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { HubClient } from "../client/client.ts";
import type { Entry } from "../client/hub-process.ts";
import { BatonError } from "../contracts/error.ts";
import { sessionSchema } from "../contracts/session.ts";
import type { Task } from "../contracts/task.ts";
import { ensureClis } from "../../testkit/clis.ts";
import type { LoggedRequest } from "../../testkit/model/log.ts";
import { codexConfig, createSandbox, type Sandbox } from "../../testkit/sandbox.ts";
import { createPage, type Page } from "./page.ts";
import { RULES, SCENES, SOURCE, SOURCE_FILE, type Scene } from "./scene.ts";
import { watchTasks } from "./watch.ts";

export interface DemoOptions {
  /** How this program is started: what the agents' MCP configurations name. */
  readonly entry: Entry;
  readonly createClient: (sandbox: Sandbox) => HubClient & { close(): void };
}

/**
 * Lets the real CLIs ask each other in a home of their own, on the offline model, and shows it step by step.
 * @throws BatonError `agent_unavailable` when the pinned CLIs cannot be installed, `agent_error` when a scene fails
 */
export async function runDemo({ entry, createClient }: DemoOptions): Promise<void> {
  const page = createPage((text) => void process.stdout.write(text));
  await ensureClis(() => page.line("Installing the pinned agent CLIs from the npm registry, once …")).catch(
    (error: unknown) => {
      throw new BatonError("agent_unavailable", `the agent CLIs cannot be installed: ${String(error)}`, {
        hint: "The demo needs the npm registry once; afterwards it runs offline.",
      });
    },
  );
  const startedAt = performance.now();
  const sandbox = await createSandbox({ rules: RULES });
  const client = createClient(sandbox);
  try {
    await prepare(sandbox, entry);
    await introduce(page, sandbox);
    for (const scene of SCENES) await play(page, sandbox, client, scene);
    await conclude(page, sandbox, entry);
  } finally {
    await sandbox.run([entry.node, entry.script, "hub", "stop"]);
    client.close();
    await sandbox.dispose();
  }
  page.check("the hub is stopped, no process is left, and no config file has changed");
  page.line("");
  page.line(
    `That took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s. Now with your own agents: see README.md.`,
  );
}

/** A file to talk about, and Baton as an MCP server of both agents. */
async function prepare(sandbox: Sandbox, { node, script }: Entry): Promise<void> {
  const file = path.join(sandbox.workspace, SOURCE_FILE);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, SOURCE);
  const args = [script, "mcp", "--home", sandbox.batonHome];
  await sandbox.writeUserFile(
    "home/mcp.json",
    JSON.stringify({ mcpServers: { baton: { command: node, args } } }),
  );
  await sandbox.writeUserFile(
    "home/.codex/config.toml",
    `${codexConfig(sandbox.model.url)}
[mcp_servers.baton]
command = ${JSON.stringify(node)}
args = ${JSON.stringify(args)}
env_vars = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"]
`,
  );
}

async function introduce(page: Page, sandbox: Sandbox): Promise<void> {
  const [claude, codex] = await Promise.all([
    sandbox.run(["claude", "--version"]),
    sandbox.run(["codex", "--version"]),
  ]);
  page.title("Baton: coding agents that hand work to each other");
  page.line(`The real Claude Code ${versionIn(claude.stdout)} and Codex ${versionIn(codex.stdout)}.`);
  page.line(`Their models are scripted, on ${sandbox.model.url}: no network, no account, no cost.`);
}

function versionIn(output: string): string {
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? "of unknown version";
}

async function play(page: Page, sandbox: Sandbox, client: HubClient, scene: Scene): Promise<void> {
  page.step(scene.title);
  page.line(`   you    ▸ ${scene.asker}: ${scene.request}`);
  const before = sandbox.model.requests.length;
  const running = sandbox.run(commandOf(scene, sandbox));
  const onTask = (task: Task) => page.asks(scene.asker, task);
  const watcher = { onTask, onEvent: page.event };
  const { code, stdout, stderr } = await watchTasks(client, watcher, running);
  if (code !== 0) {
    throw new BatonError("agent_error", `${scene.asker} ended with ${code}: ${stderr.trim().slice(-500)}`);
  }
  page.says(scene.asker, stdout);
  const followUp = followUpOf(sandbox.model.requests.slice(before), scene);
  if (followUp === undefined) {
    throw new BatonError("agent_error", "the follow-up did not carry the first exchange");
  }
  page.check(
    `the follow-up carried the first exchange (${followUp.entries.length} entries in the model's log)`,
  );
}

function commandOf({ asker, request }: Scene, sandbox: Sandbox): readonly [string, ...string[]] {
  if (asker === "codex") return ["codex", "exec", "--", request];
  const config = path.join(sandbox.home, "mcp.json");
  return ["claude", "-p", "--mcp-config", config, "--allowedTools", "mcp__baton__ask_agent", "--", request];
}

/** The other agent's request that has two prompts of one conversation in it. */
function followUpOf(requests: readonly LoggedRequest[], { asker }: Scene): LoggedRequest | undefined {
  const api = asker === "claude" ? "responses" : "messages";
  return requests.find(
    ({ api: spoken, side, entries }) =>
      spoken === api && !side && entries.filter(({ role }) => role === "user").length === 2,
  );
}

async function conclude(page: Page, sandbox: Sandbox, { node, script }: Entry): Promise<void> {
  page.step("Both conversations are kept, and open in the agents' own CLIs");
  const { stdout } = await sandbox.run([node, script, "sessions", "--json"]);
  const { items } = listSchema.parse(JSON.parse(stdout));
  for (const { name, tasks, resume } of items) {
    page.line(`   ${name?.padEnd(NAME_WIDTH)}  ${tasks} tasks  ${resume?.argv.join(" ")}`);
  }
}

const NAME_WIDTH = 12;
const listSchema = z.object({ items: z.array(sessionSchema) });
