import { lstat, readdir } from "node:fs/promises";
import path from "node:path";

/** A regular file, as it stood when it was seen. */
export interface SeenFile {
  readonly file: string;
  readonly bytes: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly mtime_ms: number;
}

export interface WalkOptions {
  /** How many levels of folders are gone into below the first one. */
  readonly depth: number;
  readonly accepts: (name: string) => boolean;
  /** Which folders are gone into; all when left out. */
  readonly enters?: (name: string, depth: number) => boolean;
}

/** The regular files below a folder. Links are not followed; what cannot be looked at is passed over. */
export async function regularFiles(
  folder: string,
  { depth, accepts, enters = () => true }: WalkOptions,
): Promise<readonly SeenFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries
    .filter((entry) => depth > 0 && entry.isDirectory() && enters(entry.name, depth))
    .map((entry) => regularFiles(path.join(folder, entry.name), { depth: depth - 1, accepts, enters }));
  const here = entries
    .filter((entry) => entry.isFile() && accepts(entry.name))
    .map((entry) => seen(path.join(folder, entry.name)));
  const files = (await Promise.all(here)).flatMap((file) => file ?? []);
  return [...files, ...(await Promise.all(below)).flat()];
}

async function seen(file: string): Promise<SeenFile | null> {
  const found = await lstat(file).catch(() => null);
  if (found === null || !found.isFile()) return null;
  return { file, bytes: found.size, mtime_ms: Math.round(found.mtimeMs) };
}
