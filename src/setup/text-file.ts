import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chown, mkdir, open, readFile, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

import { RefusedFile } from "./syntax.ts";

const BOM = "\ufeff";

/** A text file as it is, or as it would begin. */
export interface TextFile {
  /** The path by which its owner knows it. */
  readonly file: string;
  /** Behind links: what is written. */
  readonly target: string;
  /** Its bytes; null when it is not there. */
  readonly bytes: Buffer | null;
  /** Without the byte order mark. */
  readonly text: string;
}

/** @throws RefusedFile when it cannot be read as text */
export async function readTextFile(file: string): Promise<TextFile> {
  const target = await behindLinks(file);
  const bytes = await readFile(target).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw refusedAccess(target, error, "read");
  });
  if (bytes === null) return { file, target, bytes, text: "" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { file, target, bytes, text };
  } catch {
    throw new RefusedFile("it is not UTF-8", `Save ${target} as UTF-8, then run \`baton setup\` again.`);
  }
}

/** The bytes of a text in place of a file's, with the byte order mark that it has. */
export function bytesFor({ bytes }: TextFile, text: string): Buffer {
  const hasMark = bytes !== null && bytes.subarray(0, 3).equals(Buffer.from(BOM));
  return Buffer.from(hasMark ? BOM + text : text);
}

/**
 * Fails now instead of half-way: a file that its owner has made read-only is not to be replaced, which its folder alone
 * would allow.
 * @throws RefusedFile
 */
export async function mustBeWritable({ target, bytes }: TextFile): Promise<void> {
  const folder = await existingFolder(path.dirname(target));
  const places = bytes === null ? [folder] : [target, folder];
  for (const place of places) {
    await access(place, constants.W_OK).catch((error: unknown) => {
      throw refusedAccess(place, error, "change");
    });
  }
}

/**
 * Puts new bytes in the place of a file at once: whoever reads it sees the old ones or the new ones. Mode and owner stay,
 * and so do links to it. Gives the folders that it has made.
 */
export async function writeTextFile({ target }: TextFile, bytes: Uint8Array): Promise<readonly string[]> {
  const folder = path.dirname(target);
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = await stat(target).catch(() => null);
  const mode = before === null ? 0o600 : before.mode & 0o7777;
  const temporary = path.join(folder, `.${path.basename(target)}.${randomBytes(6).toString("hex")}`);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(bytes);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Only root may give a file away; anybody else's files are their own already.
    if (before !== null) await chown(temporary, before.uid, before.gid).catch(() => undefined);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw refusedAccess(target, error, "change");
  }
  return first === undefined ? [] : between(first, folder);
}

/** What went wrong with a place, and what to do. */
function refusedAccess(place: string, error: unknown, what: "read" | "change"): RefusedFile {
  const code = (error as NodeJS.ErrnoException).code ?? "an unknown reason";
  const fixes: Readonly<Record<string, string>> = {
    EACCES: `Give yourself the right to ${what} ${place} (chmod u+rwX), or make the entry by hand: docs/setup.md.`,
    EROFS: `${place} is on a read-only disk: make the entry where it comes from, by hand: docs/setup.md.`,
    EISDIR: `${place} is a folder: move it away.`,
    ENOSPC: "Make room on the disk.",
  };
  const fix = fixes[code] ?? "Make the entry by hand: docs/setup.md.";
  return new RefusedFile(`${place} cannot be ${what === "read" ? "read" : "changed"} (${code})`, fix);
}

/** A link whose file is not there yet leads to where the file will be. */
async function behindLinks(file: string): Promise<string> {
  const real = await realpath(file).catch(() => null);
  if (real !== null) return real;
  const link = await readlink(file).catch(() => null);
  const target = link === null ? file : path.resolve(path.dirname(file), link);
  const folder = await realpath(path.dirname(target)).catch(() => path.dirname(target));
  return path.join(folder, path.basename(target));
}

async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  const above = path.dirname(folder);
  return found !== null || above === folder ? folder : existingFolder(above);
}

function between(first: string, last: string): readonly string[] {
  return last === first ? [last] : [...between(first, path.dirname(last)), last];
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
