import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { findClaude } from "../src/agents/claude/executable.ts";
import { findCodex } from "../src/agents/codex/executable.ts";
import { tableOf, type Row } from "./compatibility-table.ts";

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "..");
const PAGE = path.join(ROOT, "docs", "compatibility.md");
const RESULTS = path.join(ROOT, "scripts", "compatibility-results.json");

/** What a task depends on; the whole of the contract tests would take half an hour for each version. */
const TESTS = {
  codex: ["turn", "steer", "schema", "tools", "failure", "rate-limits"],
  claude: ["turn", "steer", "schema", "tools", "failure", "login"],
};
type Agent = keyof typeof TESTS;

const AGENTS = {
  codex: {
    package: "@openai/codex",
    variable: "BATON_TEST_CODEX",
    find: findCodex,
    versions: ["0.80.0", "0.98.0", "0.128.0", "0.153.4", "0.160.1", "0.166.0"],
  },
  claude: {
    package: "@anthropic-ai/claude-code",
    variable: "BATON_TEST_CLAUDE",
    find: findClaude,
    versions: ["2.1.80", "2.1.197", "2.1.240", "2.1.280", "2.1.310"],
  },
} as const;

const reportSchema = z.object({
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) }),
  ),
});

/**
 * `npm run compatibility [-- codex@VERSION claude@VERSION…]`: installs versions of the CLIs beside the pinned ones, one
 * after the other, runs contract tests with each, and writes the table of docs/compatibility.md.
 */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const cache = await mkdtemp(path.join(tmpdir(), "baton-compatibility-"));
  try {
    for (const [agent, version] of wanted.length === 0 ? await everyVersion() : wanted.map(parsed)) {
      const row = await tried(cache, agent, version);
      process.stderr.write(`${agent} ${version}: ${row.passed} of ${row.total}\n`);
      await keep(row);
    }
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** The list of each agent, the pinned version and the newest. */
async function everyVersion(): Promise<readonly (readonly [Agent, string])[]> {
  const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
  const pins = manifest.parse(await json(path.join(ROOT, "testkit", "clis", "package.json"))).dependencies;
  const lists = (Object.keys(AGENTS) as Agent[]).map(async (agent) => {
    const { package: name, versions } = AGENTS[agent];
    const newest = (await npm(["view", name, "version"], ROOT)).trim();
    const all = new Set([...versions, pins[name] ?? newest, newest]);
    return [...all].map((version) => [agent, version] as const);
  });
  return (await Promise.all(lists)).flat();
}

function parsed(word: string): readonly [Agent, string] {
  const [agent = "", version = ""] = word.split("@");
  if (!(agent in AGENTS) || version === "") throw new Error(`${word}: say codex@VERSION or claude@VERSION`);
  return [agent as Agent, version];
}

async function tried(cache: string, agent: Agent, version: string): Promise<Row> {
  const { package: name, variable, find } = AGENTS[agent];
  const folder = path.join(cache, `${agent}-${version}`);
  await mkdir(folder);
  await writeFile(path.join(folder, "package.json"), "{}");
  const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--force", `${name}@${version}`];
  await npm(install, folder);
  const executable = path.join(folder, "node_modules", ".bin", agent);
  const program = await find({ env: { PATH: process.env["PATH"] ?? "" }, executable });
  const report = path.join(folder, "report.json");
  const files = TESTS[agent].map((test) => `test/contract/${agent}-${test}.test.ts`);
  const vitest = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", ...files, "--reporter=json", `--outputFile=${report}`, "--retry=1"];
  // Failing tests are a result; what counts is whether there is a report.
  await run(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, [variable]: program },
    maxBuffer: 64 * 1024 * 1024,
  }).catch(() => undefined);
  const tests = reportSchema
    .parse(await json(report))
    .testResults.flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed");
  await rm(folder, { recursive: true });
  return {
    agent,
    version,
    passed: tests.filter(({ status }) => status === "passed").length,
    total: tests.length,
    failed: tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  };
}

/** One result in the place of an earlier one of the same version, and the page made anew. */
async function keep(row: Row): Promise<void> {
  const before = (await json(RESULTS).catch(() => [])) as readonly Row[];
  const others = before.filter(({ agent, version }) => agent !== row.agent || version !== row.version);
  const rows = [...others, row];
  await writeFile(RESULTS, `${JSON.stringify(rows, null, 2)}\n`);
  await writeFile(PAGE, tableOf(rows));
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const windows = process.platform === "win32";
  // Node starts a .cmd file only through a shell; these arguments are our own.
  return (await run(windows ? "npm.cmd" : "npm", [...args], { cwd, shell: windows })).stdout;
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8")) as unknown;
}

await main();
