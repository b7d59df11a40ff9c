import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const POLL_MS = 20;

/** A process that cannot be mistaken for a later one with the same number: `birth` is the system's own start mark. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly birth: string;
}

/** A line of the system's table of processes. */
export interface ProcessRow extends ProcessIdentity {
  readonly ppid: number;
  /** The program as the table names it: a name, or a path. */
  readonly program: string;
  /** The session that it belongs to, named after the process that began it; null where that is not known. */
  readonly session: number | null;
}

/** The identity of a live process, or null when there is none (a zombie counts as none). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const row = await readProcess(pid);
  return row === null ? null : { pid: row.pid, birth: row.birth };
}

/** Whether exactly this process still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.birth === identity.birth;
}

/** The process and everything that it started and that still has it as an ancestor, the deepest last. */
export async function withDescendants(pid: number): Promise<readonly ProcessIdentity[]> {
  const rows = await listProcesses();
  const found = rows.filter((row) => row.pid === pid);
  for (const parent of found) found.push(...rows.filter((row) => row.ppid === parent.pid));
  return found.map((row) => ({ pid: row.pid, birth: row.birth }));
}

/** What still belongs to the session that a process began, also when no tree shows it any more; none but on Linux. */
export async function inSessionOf(pid: number): Promise<readonly ProcessIdentity[]> {
  const rows = process.platform === "linux" ? await listProc() : [];
  return rows.filter(({ session }) => session === pid).map((row) => ({ pid: row.pid, birth: row.birth }));
}

/** Waits until the processes have ended; gives those that still live after the limit. */
export async function waitForEnd(
  processes: readonly ProcessIdentity[],
  limitMs: number,
): Promise<readonly ProcessIdentity[]> {
  const deadline = performance.now() + limitMs;
  let left = processes;
  for (;;) {
    const alive = await Promise.all(left.map(isAlive));
    left = left.filter((_, index) => alive[index]);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(POLL_MS);
  }
}

/** One line of the table; null when there is no such process. */
export async function readProcess(pid: number): Promise<ProcessRow | null> {
  if (process.platform === "linux") return readProc(pid);
  return (await listProcesses()).find((row) => row.pid === pid) ?? null;
}

/** The whole table. */
export async function listProcesses(): Promise<readonly ProcessRow[]> {
  if (process.platform === "linux") return listProc();
  if (process.platform === "win32") return listWindows();
  return listPs();
}

async function listProc(): Promise<readonly ProcessRow[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const rows = await Promise.all(pids.map(readProc));
  return rows.filter((row) => row !== null);
}

async function readProc(pid: number): Promise<ProcessRow | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name is in parentheses and may itself hold spaces and parentheses.
    const program = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, ppid, , session] = fields;
    const birth = fields[19];
    if (birth === undefined || state === "Z" || state === "X") return null;
    return { pid, ppid: Number(ppid), session: Number(session), birth, program };
  } catch {
    return null;
  }
}

async function listPs(): Promise<readonly ProcessRow[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,stat=,lstart=,comm="]);
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.+)$/.exec(line);
    if (match === null || match[3]?.startsWith("Z")) return [];
    const [, pid, ppid, , birth = "", program = ""] = match;
    return [{ pid: Number(pid), ppid: Number(ppid), birth, program, session: null }];
  });
}

async function listWindows(): Promise<readonly ProcessRow[]> {
  const script =
    'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $($_.CreationDate.Ticks) $($_.Name)" }';
  const { stdout } = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, ppid, birth, ...program] = line.trim().split(" ");
    return birth === undefined
      ? []
      : [{ pid: Number(pid), ppid: Number(ppid), birth, program: program.join(" "), session: null }];
  });
}
