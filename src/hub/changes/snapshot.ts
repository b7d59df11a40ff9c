import { createHash } from "node:crypto";
import { lstat, readFile, readlink } from "node:fs/promises";
import type { Snapshot } from "../../core/git/changes.ts";
import type { RawPath } from "../../core/git/output.ts";
import { NOTHING, readStatus } from "../../core/git/status.ts";
import type { Git } from "../../process/git/git.ts";
import { placeOf } from "../worktrees/tree.ts";

/** A look that takes longer is given up, in milliseconds; so is one that finds this much to say, in bytes. */
const LIMIT_MS = 5_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Larger files, and more of them, are told apart by size and time alone. */
const MAX_FILE = 256 * 1024;
const MAX_FILES = 500;

const STATUS = [
  "status",
  "--porcelain=v2",
  "--branch",
  "-z",
  "--untracked-files=all",
  "--ignore-submodules=all",
  "--no-renames",
  "--no-ahead-behind",
] as const;

/**
 * How a working tree stands against its commit. Writes nothing, not even the times in the index.
 * @throws GitError when that takes too long
 */
export async function snapshot(git: Git): Promise<Snapshot> {
  const status = readStatus(await git.run(STATUS, { limitMs: LIMIT_MS, maxBytes: MAX_BYTES }));
  const algorithm = status.head?.length === 64 ? "sha256" : "sha1";
  let read = 0;
  const looked = await Promise.all(
    [...status.dirty].map(async ([path, { head, work }]) => {
      const how = read < MAX_FILES ? algorithm : null;
      if (work === null) read += 1;
      return [path, { head, work: work ?? (await contentAt(git.cwd, path, how)) }] as const;
    }),
  );
  return { head: status.head, dirty: new Map(looked) };
}

/** What stands there as git would name it: mode and object. */
async function contentAt(top: string, path: RawPath, algorithm: string | null): Promise<string> {
  const place = placeOf(top, path);
  const found = await lstat(place, { bigint: true }).catch(() => null);
  if (found === null) return NOTHING;
  const byTime = `${found.mode}:${found.size}:${found.mtimeNs}:${found.ino}`;
  if (algorithm === null || found.isDirectory() || found.size > MAX_FILE) return byTime;
  const content = found.isSymbolicLink()
    ? await readlink(place, { encoding: "buffer" }).catch(() => null)
    : found.isFile()
      ? await readFile(place).catch(() => null)
      : null;
  if (content === null) return byTime;
  const hash = createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest("hex");
  const mode = found.isSymbolicLink() ? "120000" : (found.mode & 0o100n) !== 0n ? "100755" : "100644";
  return `${mode}:${hash}`;
}
