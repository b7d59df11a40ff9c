import { randomUUID } from "node:crypto";

import { createSandbox, type Sandbox } from "../testkit/sandbox.ts";
import { batonIn } from "../test/support/command.ts";
import { connectMcp, type McpClient } from "../test/support/mcp-client.ts";
import { directClaude, directCodex } from "./direct.ts";
import { interleaved, type Sample } from "./measure.ts";

const PROMPT = "hello";
const WARM_ROUNDS = 31;
const COLD_ROUNDS = 11;
const AT_ONCE = 20;
const AT_ONCE_ROUNDS = 7;

/** Every comparison of turns, in a sandbox of its own with the real CLIs. */
export interface TurnSamples {
  readonly codexWarm: readonly Sample[];
  readonly codexNew: readonly Sample[];
  readonly codexAtOnce: readonly Sample[];
  readonly claudeWarm: readonly Sample[];
  readonly claudeNew: readonly Sample[];
}

export async function measureTurns(): Promise<TurnSamples> {
  const sandbox = await createSandbox();
  // A hub that is not held back by its defaults: twenty tasks at once are what is measured.
  await sandbox.writeUserFile(
    "home/.config/baton/config.toml",
    `[limits]\nmax_running = ${AT_ONCE}\nmax_running_per_agent = ${AT_ONCE}\n`,
  );
  const client = await connectMcp(sandbox);
  try {
    return {
      codexWarm: await codexWarm(sandbox, client),
      codexNew: await codexNew(sandbox, client),
      codexAtOnce: await codexAtOnce(sandbox, client),
      claudeWarm: await claudeWarm(sandbox, client),
      claudeNew: await claudeNew(sandbox, client),
    };
  } finally {
    await client.close();
    await batonIn(sandbox).run(["hub", "stop"]);
    await sandbox.dispose();
  }
}

async function ask(client: McpClient, agent: string, session?: string): Promise<string> {
  const named = session === undefined ? {} : { session };
  const { structuredContent } = await client.call("ask_agent", { agent, prompt: PROMPT, ...named });
  if (structuredContent["status"] !== "completed") throw new Error(JSON.stringify(structuredContent));
  return String(structuredContent["native_id"]);
}

async function codexWarm(sandbox: Sandbox, client: McpClient): Promise<readonly Sample[]> {
  const codex = await directCodex(sandbox);
  const thread = await codex.startThread();
  await thread.turn(PROMPT);
  await ask(client, "codex", "warm");
  const own = await sandbox.run(["codex", "exec", "--json", PROMPT]);
  const id = /"thread_id":"([^"]+)"/.exec(own.stdout)?.[1] ?? "";
  const samples = await interleaved(WARM_ROUNDS, {
    "codex app-server, directly": () => thread.turn(PROMPT),
    "Baton (MCP and hub)": () => ask(client, "codex", "warm"),
    "codex exec resume": () => sandbox.run(["codex", "exec", "resume", id, PROMPT]),
  });
  await codex.stop();
  return samples;
}

async function codexNew(sandbox: Sandbox, client: McpClient): Promise<readonly Sample[]> {
  return interleaved(COLD_ROUNDS, {
    "codex exec": () => sandbox.run(["codex", "exec", PROMPT]),
    "Baton (MCP and hub)": () => ask(client, "codex"),
  });
}

async function codexAtOnce(sandbox: Sandbox, client: McpClient): Promise<readonly Sample[]> {
  const codex = await directCodex(sandbox);
  const all = (act: (index: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, index) => act(index)));
  const threads = await Promise.all(Array.from({ length: AT_ONCE }, () => codex.startThread()));
  await all((index) => threads[index]?.turn(PROMPT) ?? Promise.resolve());
  await all((index) => ask(client, "codex", `at-once-${index}`));
  const samples = await interleaved(AT_ONCE_ROUNDS, {
    "codex app-server, directly": () => all((index) => threads[index]?.turn(PROMPT) ?? Promise.resolve()),
    "Baton (MCP and hub)": () => all((index) => ask(client, "codex", `at-once-${index}`)),
  });
  await codex.stop();
  return samples;
}

async function claudeWarm(sandbox: Sandbox, client: McpClient): Promise<readonly Sample[]> {
  const claude = directClaude(sandbox);
  await claude.turn(PROMPT);
  await ask(client, "claude", "warm");
  const id = randomUUID();
  await sandbox.run(["claude", "-p", "--session-id", id, PROMPT]);
  const samples = await interleaved(WARM_ROUNDS, {
    "claude stream-json, directly": () => claude.turn(PROMPT),
    "Baton (MCP and hub)": () => ask(client, "claude", "warm"),
    "claude -p --resume": () => sandbox.run(["claude", "-p", "--resume", id, PROMPT]),
  });
  await claude.stop();
  return samples;
}

async function claudeNew(sandbox: Sandbox, client: McpClient): Promise<readonly Sample[]> {
  return interleaved(COLD_ROUNDS, {
    "claude -p": () => sandbox.run(["claude", "-p", PROMPT]),
    "Baton (MCP and hub)": () => ask(client, "claude"),
  });
}
