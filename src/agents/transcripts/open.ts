import { constants } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";

/** A file of an agent's, open for reading; `bytes` is its size when it was opened, and nothing is read beyond that. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

// A pipe must not block the opening, and a link must not be followed; Windows knows neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file below a folder and gives it to `work`.
 * @throws BatonError `invalid_argument` for a link, a pipe, a folder, or what lies outside; `session_not_found` when it is gone
 */
export async function withFile<T>(
  root: string,
  file: string,
  work: (open: OpenFile) => Promise<T>,
): Promise<T> {
  const handle = await openBelow(root, file);
  try {
    const { size } = await handle.stat();
    return await work({ handle, bytes: size });
  } finally {
    await handle.close();
  }
}

/**
 * Opens a regular file below a folder for reading, following no link.
 * @throws BatonError as `withFile`
 */
export async function openBelow(root: string, file: string): Promise<FileHandle> {
  if (!(await isBelow(root, file))) throw refused(file);
  const before = await lstat(file).catch(() => null);
  if (before === null) throw gone(file);
  if (!before.isFile()) throw refused(file);
  const handle = await open(file, FLAGS).catch(() => null);
  if (handle === null) throw gone(file);
  // It may have been replaced since.
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw refused(file);
}

async function isBelow(root: string, file: string): Promise<boolean> {
  const [top, folder] = await Promise.all([
    realpath(root).catch(() => null),
    realpath(path.dirname(file)).catch(() => null),
  ]);
  if (top === null || folder === null) return false;
  const relative = path.relative(top, folder);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function gone(file: string): BatonError {
  return new BatonError("session_not_found", `the conversation ${file} is gone or cannot be read`, {
    hint: "`baton sessions --native` lists those that are there.",
  });
}

function refused(file: string): BatonError {
  return new BatonError("invalid_argument", `${file} is no regular file in the agent's own folder`, {
    hint: "Links and pipes among an agent's conversations are not followed.",
  });
}
