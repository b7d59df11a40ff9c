import { readdir, readFile } from "node:fs/promises";

import { identify, type ProcessIdentity } from "./identity.ts";

/** The variable that a child and all that it starts carry, with a value of its own for each child. */
export const MARK_VARIABLE = "BATON_CHILD_MARK";

/**
 * The processes that carry a mark, however they were started and whoever is their parent now. Only Linux tells another
 * process's environment reliably; elsewhere there are none.
 */
export async function findMarked(mark: string): Promise<readonly ProcessIdentity[]> {
  if (process.platform !== "linux") return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => identityIfMarked(pid, `${MARK_VARIABLE}=${mark}`)));
  return found.filter((identity) => identity !== null);
}

async function identityIfMarked(pid: number, entry: string): Promise<ProcessIdentity | null> {
  const before = await identify(pid);
  if (before === null || pid === process.pid) return null;
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(entry) ? before : null;
}
