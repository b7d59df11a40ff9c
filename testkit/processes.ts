import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const POLL_MS = 25;

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Live processes that have to do with a folder: by working directory, arguments or environment.
 * On Windows nothing tells another process's environment, so nothing is found there.
 */
export async function processesOf(folder: string): Promise<readonly FoundProcess[]> {
  if (process.platform === "win32") return [];
  const all = process.platform === "linux" ? await listProc() : await listPs();
  return all
    .filter(({ pid, traces }) => pid !== process.pid && traces.includes(folder))
    .map(({ pid, command }) => ({ pid, command }));
}

/** Waits until no process of the folder lives; returns those that still do after the limit. */
export async function waitForNone(folder: string, limitMs: number): Promise<readonly FoundProcess[]> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const left = await processesOf(folder);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(POLL_MS);
  }
}

/** Waits until a process of the folder runs exactly this command; fails when none does within the limit. */
export async function waitForCommand(folder: string, command: string, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await processesOf(folder)).some((found) => found.command === command)) {
    if (performance.now() > deadline) throw new Error(`nothing has run ${command}`);
    await delay(POLL_MS);
  }
}

/** Waits until no process of the folder runs exactly this command: what was killed needs a moment to be gone. */
export async function waitForNoCommand(folder: string, command: string, limitMs = 5_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while ((await processesOf(folder)).some((found) => found.command === command)) {
    if (performance.now() > deadline) throw new Error(`${command} is still running`);
    await delay(POLL_MS);
  }
}

interface Traced extends FoundProcess {
  readonly traces: string;
}

async function listProc(): Promise<readonly Traced[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readTraces(Number(pid))));
}

async function readTraces(pid: number): Promise<Traced> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
  const [cmdline, environ, cwd] = await Promise.all([
    read("cmdline"),
    read("environ"),
    readlink(`/proc/${pid}/cwd`).catch(() => ""),
  ]);
  const command = cmdline.replaceAll("\0", " ").trim();
  // A process on its way out has no command line any more.
  return { pid, command, traces: command === "" ? "" : [cmdline, environ, cwd].join("\n") };
}

async function listPs(): Promise<readonly Traced[]> {
  const { stdout } = await run("ps", ["-A", "-E", "-ww", "-o", "pid=,command="], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(.+)$/.exec(line);
    const command = match?.[2] ?? "";
    return match === null ? [] : [{ pid: Number(match[1]), command, traces: command }];
  });
}
