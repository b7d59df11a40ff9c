import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

import { createSandbox, type Sandbox } from "../testkit/sandbox.ts";
import { BATON, batonIn } from "../test/support/command.ts";
import { interleaved, median, type Sample } from "./measure.ts";

const ROUNDS = 21;
const HANDSHAKE = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", id: 2, method: "tools/list" },
];

export interface StartUp {
  readonly samples: readonly Sample[];
  /** Resident memory in MiB; null where the system does not tell it in a file. */
  readonly memory: Readonly<Record<string, number>> | null;
}

/** `baton mcp` from spawn to answered `tools/list`, and what an idle front end and hub take, beside a bare Node. */
export async function measureStartUp(): Promise<StartUp> {
  const sandbox = await createSandbox();
  try {
    // The first start fills the compile cache, as the first one after an installation does.
    await fillCompileCache(sandbox);
    const samples = await interleaved(ROUNDS, {
      "node -e 0": () => sandbox.run([process.execPath, "-e", "0"]),
      "baton mcp, to answered tools/list": () => toolsList(sandbox),
    });
    return { samples, memory: process.platform === "linux" ? await measureMemory(sandbox) : null };
  } finally {
    await batonIn(sandbox).run(["hub", "stop"]);
    await sandbox.dispose();
  }
}

async function fillCompileCache(sandbox: Sandbox): Promise<void> {
  const child = startServer(sandbox);
  await answered(child, '"ask_agent"');
  child.stdin.end();
  await once(child, "exit");
}

async function toolsList(sandbox: Sandbox): Promise<void> {
  const child = startServer(sandbox);
  await answered(child, '"ask_agent"');
  child.kill("SIGKILL");
}

function startServer({ env, workspace }: Sandbox) {
  const child = spawn(process.execPath, [BATON, "mcp"], {
    cwd: workspace,
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.write(HANDSHAKE.map((message) => `${JSON.stringify(message)}\n`).join(""));
  return child;
}

async function answered(child: ReturnType<typeof startServer>, text: string): Promise<void> {
  let output = "";
  while (!output.includes(text)) output += String((await once(child.stdout, "data"))[0]);
}

async function measureMemory(sandbox: Sandbox): Promise<Readonly<Record<string, number>>> {
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6); console.log(1)"]);
  await once(bare.stdout, "data");
  const server = startServer(sandbox);
  await answered(server, '"ask_agent"');
  const baton = batonIn(sandbox);
  await baton.run(["hub", "start"]);
  const hub = await baton.hubPid();
  const memory = {
    "bare Node": await residentMiB(bare.pid ?? 0),
    "front end (baton mcp), idle": await residentMiB(server.pid ?? 0),
    "hub, idle": await residentMiB(hub),
  };
  bare.kill("SIGKILL");
  server.kill("SIGKILL");
  return memory;
}

/** The median of some looks: a heap breathes. */
async function residentMiB(pid: number): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 5; look += 1) {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    looks.push(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
  }
  return median(looks);
}
