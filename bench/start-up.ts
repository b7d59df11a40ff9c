import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";

/** Measures how much longer `baton mcp` takes to answer `tools/list` than a bare Node to start and end. */

const RUNS = 21;
const LIMIT_MS = 150;
const BATON = path.resolve(import.meta.dirname, "../bin/baton");
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

const home = await mkdtemp(path.join(tmpdir(), "baton-bench-"));
const env = { ...process.env, HOME: home, BATON_HOME: path.join(home, "state"), XDG_CACHE_HOME: home };

async function bareNode(): Promise<number> {
  const start = performance.now();
  await once(spawn(process.execPath, ["-e", "0"], { env, stdio: "ignore" }), "exit");
  return performance.now() - start;
}

async function toolsList(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [BATON, "mcp"], { env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(HANDSHAKE.map((message) => `${JSON.stringify(message)}\n`).join(""));
  let output = "";
  child.stdout.setEncoding("utf8");
  for await (const text of child.stdout) {
    output += String(text);
    if (output.includes('"ask_agent"')) break;
  }
  const took = performance.now() - start;
  child.stdin.end();
  await once(child, "exit");
  return took;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const bare: number[] = [];
const served: number[] = [];
// The first round fills the compile cache, as the first start after an installation does.
await toolsList();
for (let run = 0; run < RUNS; run += 1) {
  bare.push(await bareNode());
  served.push(await toolsList());
}
await rm(home, { recursive: true, force: true });

const ms = (value: number) => `${value.toFixed(0)} ms`;
const over = median(served) - median(bare);
const report = `# Start-up of \`baton mcp\`

\`npm run bench\`, Node ${process.version}, ${cpus().length} cores, median of ${RUNS} (least to most), one after the other in one run.

| what | median | spread |
| --- | --- | --- |
| \`node -e 0\` | ${ms(median(bare))} | ${ms(Math.min(...bare))} to ${ms(Math.max(...bare))} |
| \`baton mcp\`, spawn to answered \`tools/list\` | ${ms(median(served))} | ${ms(Math.min(...served))} to ${ms(Math.max(...served))} |
| over the bare Node | **${ms(over)}** (to reach: ${LIMIT_MS} ms) | |
`;
await writeFile(path.join(import.meta.dirname, "RESULTS.md"), report);
process.stdout.write(report);
process.exitCode = over <= LIMIT_MS ? 0 : 1;
