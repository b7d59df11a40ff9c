import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";

import { difference, isHeld, median, ratio, type Goal, type Sample } from "./measure.ts";
import { measureNativeListing } from "./native.ts";
import { measureStartUp } from "./start-up.ts";
import { measureTurns } from "./turns.ts";

/** `npm run bench`: measures side by side in one run, writes docs/benchmarks.md, fails when a goal is not held. */

const OURS = "Baton (MCP and hub)";
const DIRECT_CODEX = "codex app-server, directly";

const startUp = await measureStartUp();
const turns = await measureTurns();
const native = await measureNativeListing();
const memory = Object.entries(startUp.memory ?? {});
const bareMemory = startUp.memory?.["bare Node"] ?? Number.NaN;

const goals: readonly Goal[] = [
  times("a warm turn with Codex, against its app-server", ratio(turns.codexWarm, OURS, DIRECT_CODEX), 1.1),
  times(
    "20 warm turns with Codex at once, against the same",
    ratio(turns.codexAtOnce, OURS, DIRECT_CODEX),
    1.15,
  ),
  times(
    "the first turn of a new session with Codex, against `codex exec`",
    ratio(turns.codexNew, OURS, "codex exec"),
    1,
  ),
  times(
    "a warm turn with Claude Code, against its stream-json",
    ratio(turns.claudeWarm, OURS, "claude stream-json, directly"),
    1.25,
  ),
  times(
    "the first turn of a new session with Claude Code, against `claude -p`",
    ratio(turns.claudeNew, OURS, "claude -p"),
    1,
  ),
  {
    what: "start-up of `baton mcp`, over `node -e 0`",
    measured: difference(startUp.samples, "baton mcp, to answered tools/list", "node -e 0"),
    limit: 60,
    unit: "ms",
  },
];

const report = `# Benchmarks

\`npm run bench\`: real CLIs on the offline model, everything in one run, one after the other in turns. Node ${process.version},
${cpus().length} cores. Times in milliseconds: median (least to most). The model answers at once, so these are the costs of
everything else.

## Goals

| what | measured | to reach | |
| --- | --- | --- | --- |
${goals.map(goalRow).join("\n")}

${section("A warm turn with Codex", turns.codexWarm)}
${section("20 warm turns with Codex at once", turns.codexAtOnce)}
${section("The first turn of a new session with Codex", turns.codexNew)}
${section("A warm turn with Claude Code", turns.claudeWarm)}
${section("The first turn of a new session with Claude Code", turns.claudeNew)}
${section(nativeTitle(), native.samples)}
${section("Start-up", startUp.samples)}
## Memory

| what | resident, MiB | over a bare Node |
| --- | --- | --- |
${memory.map(([name, mib]) => `| ${name} | ${mib.toFixed(0)} | ${(mib - bareMemory).toFixed(0)} |`).join("\n")}
`;

const NOTES = `## What costs what

From a CPU profile of 150 warm turns with Codex through MCP and hub (2 cores, Node 24.21.0). A turn crosses two processes
that a direct one does not:

- The hub works for 7.5 ms: reading and translating Codex's notifications 2.5, writing some six entries of the log and
  reading the task back 1.7, writing to sockets 0.9, the rest in small pieces. It waits for no disk.
- \`baton mcp\` works for 5.8 ms: writing to sockets and to its client 1.1, progress included, the rest parsing and
  schemas.

A model that takes a second makes this one part in eighty; the offline model answers at once.

Of the start-up of \`baton mcp\`, Node takes 20 ms until the first line of it, loading the protocol's library 25, schemas
6. The command line's parser, 17 more, is not loaded for it.
`;

await writeFile(path.resolve(import.meta.dirname, "../docs/benchmarks.md"), `${report}\n${NOTES}`);
process.stdout.write(report);
process.exitCode = goals.every(isHeld) ? 0 : 1;

function nativeTitle(): string {
  return `\`baton sessions --native\` over ${native.files.toLocaleString("en")} conversations, ${native.megabytes} MB`;
}

function times(what: string, measured: number, limit: number): Goal {
  return { what, measured, limit, unit: "×" };
}

function goalRow(goal: Goal): string {
  const digits = goal.unit === "×" ? 2 : 0;
  const verdict = isHeld(goal) ? "held" : "**not held**";
  return `| ${goal.what} | ${goal.measured.toFixed(digits)} ${goal.unit} | ${goal.limit} ${goal.unit} | ${verdict} |`;
}

function section(title: string, samples: readonly Sample[]): string {
  const rows = samples.map(({ name, times: all }) => {
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return `| ${name} | ${median(all).toFixed(0)} | ${least.toFixed(0)} to ${most.toFixed(0)} | ${all.length} |`;
  });
  return `## ${title}\n\n| what | median | spread | n |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
