import { readFile } from "node:fs/promises";
import path from "node:path";
import { listProcesses, readProcess, type ProcessIdentity, type ProcessRow } from "./identity.ts";

/** A process around this one. */
export interface Ancestor extends ProcessIdentity {
  /** The name of its program, without folder and ending. */
  readonly program: string;
  /** Its environment as it was started with; empty where the system does not tell it (only Linux does). */
  readonly env: Readonly<Record<string, string>>;
}

/** More levels than any shell in an agent in a terminal has; a damaged table must not be followed for ever. */
const MOST = 64;

/** The processes around a process, its parent first. Those that cannot be looked at end the list. */
export async function ancestorsOf(pid: number): Promise<readonly Ancestor[]> {
  const look = await lookup();
  const found: Ancestor[] = [];
  let at = await look(pid);
  while (at !== null && at.ppid > 0 && found.length < MOST) {
    at = await look(at.ppid);
    if (at === null) break;
    const { pid: ancestor, birth, program } = at;
    found.push({ pid: ancestor, birth, program: nameOf(program), env: await environmentOf(ancestor) });
  }
  return found;
}

/** On Linux each process is a file of its own; elsewhere the whole table is listed once. */
async function lookup(): Promise<(pid: number) => Promise<ProcessRow | null>> {
  if (process.platform === "linux") return readProcess;
  const rows = new Map((await listProcesses()).map((row) => [row.pid, row]));
  return async (pid) => rows.get(pid) ?? null;
}

function nameOf(program: string): string {
  return path.basename(program.replaceAll("\\", "/")).replace(/\.exe$/i, "");
}

async function environmentOf(pid: number): Promise<Readonly<Record<string, string>>> {
  if (process.platform !== "linux") return {};
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  const entries = text.split("\0").flatMap((entry) => {
    const at = entry.indexOf("=");
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
  });
  return Object.fromEntries(entries);
}
