import { constants, type BigIntStats } from "node:fs";
import { open, realpath, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { MAX_FILE } from "../contracts/attachment.ts";
import { BatonError } from "../contracts/error.ts";

/** Each task shows the paths of its files, and a result has to stay short. */
const MAX_PATH = 1_024;

export interface ReadFile {
  /** Without links. */
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Reads a whole file of at most `MAX_FILE` bytes. `check` is asked about the place without links, before anything is
 * said of what lies there and again once the file is open: a link that is turned meanwhile leads nowhere.
 * @param what what the file is called in an error
 * @throws BatonError `invalid_argument`, and what `check` throws
 */
export async function readAttached(
  file: string,
  check: (real: string) => Promise<void>,
  what = "the attached file",
): Promise<ReadFile> {
  const named = `${what} ${JSON.stringify(file)}`;
  if (!path.isAbsolute(file)) throw refused(named, "is no absolute path");
  await check(await realpath(file).catch(() => path.resolve(file)));
  assertFile(named, await looked(file, named));
  // A pipe that has taken the file's place must not hold the hub up.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch((error: unknown) => {
    throw refused(named, reasonOf(error));
  });
  try {
    const opened = await handle.stat({ bigint: true });
    assertFile(named, opened);
    const real = await realpath(file).catch(() => file);
    const there = await looked(real, named);
    if (there.dev !== opened.dev || there.ino !== opened.ino) throw refused(named, "has changed just now");
    await check(real);
    if (real.length > MAX_PATH) throw refused(named, `has a path of more than ${MAX_PATH} characters`);
    return { path: real, content: await contentOf(named, handle) };
  } finally {
    await handle.close();
  }
}

async function looked(file: string, named: string): Promise<BigIntStats> {
  return stat(file, { bigint: true }).catch((error: unknown) => {
    throw refused(named, reasonOf(error));
  });
}

function assertFile(named: string, stats: BigIntStats): void {
  if (stats.isDirectory()) throw refused(named, "is a directory");
  if (!stats.isFile()) throw refused(named, "is no regular file");
  if (stats.size > MAX_FILE) throw tooLarge(named);
}

/** No more than is allowed, should it grow meanwhile. */
async function contentOf(named: string, handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false, end: MAX_FILE })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes);
    length += bytes.length;
  }
  if (length > MAX_FILE) throw tooLarge(named);
  return Buffer.concat(chunks);
}

function tooLarge(named: string): BatonError {
  return refused(named, `is larger than ${MAX_FILE / 1024 / 1024} MB`);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "cannot be read: there is no permission";
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

function refused(named: string, why: string): BatonError {
  return new BatonError("invalid_argument", `${named} ${why}`);
}
