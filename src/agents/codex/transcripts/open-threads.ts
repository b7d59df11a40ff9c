import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import type { Environment } from "../../driver.ts";
import { regularFiles } from "../../transcripts/walk.ts";
import { codexHomeOf } from "../environment.ts";

const LOCK = ".lock";

/**
 * The threads that a Codex has open for writing (0.169.0): it holds a lock on `thread-writer-locks/<thread>.lock`, and
 * leaves the file there. Only Linux tells who holds what; elsewhere none is known to be open.
 */
export async function openConversations(env: Environment): Promise<ReadonlySet<string>> {
  const held = await lockedInodes();
  if (held.size === 0) return new Set();
  const folder = path.join(codexHomeOf(env), "thread-writer-locks");
  const locks = await regularFiles(folder, { depth: 0, accepts: (name) => name.endsWith(LOCK) });
  const open = await Promise.all(
    locks.map(async ({ file }) => {
      const inode = (await lstat(file).catch(() => null))?.ino;
      return inode !== undefined && held.has(String(inode)) ? path.basename(file, LOCK).toLowerCase() : null;
    }),
  );
  return new Set(open.filter((thread) => thread !== null));
}

/** `14: FLOCK  ADVISORY  WRITE 19400 fe:00:2154785 0 EOF` */
async function lockedInodes(): Promise<ReadonlySet<string>> {
  if (process.platform !== "linux") return new Set();
  const table = await readFile("/proc/locks", "utf8").catch(() => "");
  return new Set(
    table.split("\n").flatMap((line) => /FLOCK\s.*\s[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line)?.[1] ?? []),
  );
}
