import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import type { Task } from "../../src/contracts/task.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import type { Baton } from "../support/command.ts";
import type { Random } from "./random.ts";

export interface SoakOptions {
  readonly sandbox: Sandbox;
  readonly baton: Baton;
  readonly random: Random;
  readonly tasks: number;
  readonly say: (line: string) => void;
}

/** What a soak has seen; the caller decides what of it is wrong. */
export interface SoakReport {
  readonly started: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Tasks that are not final although everything had its time. */
  readonly unfinished: readonly string[];
  /** Sessions that did not answer a last question. */
  readonly unusable: readonly string[];
  readonly hubKills: number;
  readonly agentKills: number;
  /** Of one hub, from its first quiet moment to its last: MiB and open descriptors. */
  readonly growth: { readonly memory: number; readonly descriptors: number };
}

const WORKERS = 5;
const SESSIONS = 8;
const AGENTS = ["codex", "claude"] as const;
const SCRIPTS = [
  'SCRIPT [{"say":"short"}]',
  'SCRIPT [{"say":"a slow answer that comes in pieces","chunk":4,"delay_ms":30}]',
  'SCRIPT [{"shell":"ls -la"},{"say":"looked"}]',
  'SCRIPT [{"say_characters":40000}]',
  'SCRIPT [{"fail":{"status":429}}]',
  'SCRIPT [{"cut":"half an ans"}]',
  'SCRIPT [{"hang":true}]',
  'SCRIPT [{"shell":"sleep 30"},{"say":"slept"}]',
] as const;
/** So that what hangs ends by itself. */
const TASK_LIMIT = "4s";

/**
 * Asks both agents over and over in a handful of conversations, while tasks are cancelled and front ends, agents and the
 * hub itself are killed; then asks once more in each conversation and looks at what is left.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { sandbox, baton, random, say } = options;
  const kills = { hub: 0, agents: 0 };
  let left = options.tasks;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await askOnce(options);
      if (random.chance(0.12)) kills.agents += await killAgent(options);
      if (random.chance(0.04)) kills.hub += await killHub(options);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  say(`asked ${options.tasks} times; killed ${kills.agents} agents and ${kills.hub} hubs`);

  const unfinished = await settle(baton);
  const unusable = await questionAll(options);
  const growth = await measureGrowth(options);
  const tasks = await allTasks(baton);
  const byOutcome: Record<string, number> = {};
  for (const task of tasks) {
    const outcome = task.error === null ? task.status : task.error.code;
    byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
  }
  say(JSON.stringify(byOutcome));
  const leftOpen = (await processesOf(sandbox.root)).filter(({ command }) => command.includes("baton ask"));
  return {
    started: tasks.length,
    byOutcome,
    unfinished: [...unfinished, ...leftOpen.map(({ command }) => command)],
    unusable,
    hubKills: kills.hub,
    agentKills: kills.agents,
    growth,
  };
}

function askArguments({ random }: SoakOptions): readonly string[] {
  const agent = random.pick(AGENTS);
  const session = `soak-${random.below(SESSIONS)}`;
  return ["ask", agent, "--session", session, "--timeout", TASK_LIMIT, random.pick(SCRIPTS)];
}

async function askOnce(options: SoakOptions): Promise<void> {
  const { baton, random } = options;
  const running = baton.start(askArguments(options));
  const fate = random.next();
  if (fate < 0.15) {
    await delay(random.below(800));
    running.kill(random.chance(0.5) ? "SIGINT" : "SIGKILL");
  } else if (fate < 0.3) {
    await delay(random.below(500));
    await cancelAny(options);
  }
  await running.result;
}

async function cancelAny({ baton, random }: SoakOptions): Promise<void> {
  const { items } = (await baton.json(["tasks", "--running"])) as { items: Task[] };
  const chosen = items[random.below(items.length)];
  if (chosen !== undefined) await baton.run(["cancel", chosen.id]);
}

async function killAgent({ sandbox, random }: SoakOptions): Promise<number> {
  const agents = (await processesOf(sandbox.root)).filter(
    ({ command }) => command.includes("app-server") || command.includes("stream-json"),
  );
  return kill(agents[random.below(agents.length)]?.pid);
}

async function killHub({ sandbox }: SoakOptions): Promise<number> {
  const hub = (await processesOf(sandbox.root)).find(({ command }) => command.includes("hub run"));
  return kill(hub?.pid);
}

function kill(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    process.kill(pid, "SIGKILL");
    return 1;
  } catch {
    // It was faster.
    return 0;
  }
}

const SETTLE_LIMIT_MS = 60_000;

/** Waits until nothing runs or waits any more; gives what still does. */
async function settle(baton: Baton): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const { items } = (await baton.json(["tasks", "--running", "--limit", "500"])) as { items: Task[] };
    if (items.length === 0 || performance.now() > deadline)
      return items.map(({ id, status }) => `${id} ${status}`);
    await delay(200);
  }
}

async function questionAll({ baton }: SoakOptions): Promise<readonly string[]> {
  const { items } = (await baton.json(["sessions", "--limit", "500"])) as {
    items: { id: string; agent: string }[];
  };
  const unusable: string[] = [];
  for (const { id, agent } of items) {
    const task = await baton.task(["ask", agent, "--session", id, 'SCRIPT [{"say":"still here"}]']);
    if (task.answer !== "still here") unusable.push(`${id} ${agent}: ${JSON.stringify(task.error)}`);
  }
  return unusable;
}

/** The same work again and again in one hub must not make it bigger. */
async function measureGrowth({ baton, tasks }: SoakOptions): Promise<SoakReport["growth"]> {
  const round = async () => {
    for (const agent of AGENTS) await baton.run(["ask", agent, "--session", "growth", SCRIPTS[2]]);
  };
  await round();
  const pid = await baton.hubPid();
  const before = await footprint(pid);
  for (let count = 0; count < Math.max(5, tasks / 20); count += 1) await round();
  const after = await footprint(pid);
  return { memory: after.memory - before.memory, descriptors: after.descriptors - before.descriptors };
}

async function footprint(pid: number): Promise<SoakReport["growth"]> {
  // Elsewhere nothing tells it in a file.
  if (process.platform !== "linux") return { memory: 0, descriptors: 0 };
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const memory = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  // While it looks through the table of processes, the hub has a file of each of them open for a moment.
  let descriptors = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS; look += 1) {
    descriptors = Math.min(descriptors, (await readdir(`/proc/${pid}/fd`)).length);
    await delay(LOOK_EVERY_MS);
  }
  return { memory, descriptors };
}

const LOOKS = 10;
const LOOK_EVERY_MS = 50;

async function allTasks(baton: Baton): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  let after: string | null = null;
  do {
    const page = (await baton.json([
      "tasks",
      "--limit",
      "100",
      ...(after === null ? [] : ["--after", after]),
    ])) as {
      items: Task[];
      next: string | null;
    };
    tasks.push(...page.items);
    after = page.next;
  } while (after !== null);
  return tasks;
}

/** What of a report is wrong, in words. */
export function faultsOf(report: SoakReport): readonly string[] {
  return [
    ...report.unfinished.map((task) => `not final: ${task}`),
    ...report.unusable.map((session) => `not usable: ${session}`),
    ...(report.growth.memory > MOST_GROWTH_MIB
      ? [`the hub grew by ${report.growth.memory.toFixed(0)} MiB`]
      : []),
    ...(report.growth.descriptors > MOST_DESCRIPTORS
      ? [`${report.growth.descriptors} descriptors more`]
      : []),
  ];
}

const MOST_GROWTH_MIB = 40;
const MOST_DESCRIPTORS = 6;
