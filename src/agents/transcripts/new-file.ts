import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, lstat, mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { countLosses } from "../../core/history/losses.ts";
import type { Fit } from "../../core/history/fitting.ts";
import type { HistoryEntry } from "../../core/history/entry.ts";
import type { NativeFile } from "./native.ts";

/** Where a new conversation goes. */
export interface NewPlace {
  readonly agent: string;
  readonly nativeId: string;
  /** The agent's own folder, below which its reader looks. */
  readonly root: string;
  readonly file: string;
  readonly cwd: string;
}

/**
 * Writes records as the lines of a file that is there as a whole or not at all, 0600, and never in the place of another.
 * @throws BatonError `agent_error`
 */
export async function writeNewFile(place: NewPlace, records: readonly unknown[]): Promise<NativeFile> {
  const { agent, nativeId, root, file, cwd } = place;
  const folder = path.dirname(file);
  const aside = path.join(folder, `.${path.basename(file)}.${randomUUID()}.part`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeLines(aside, records);
    await placed(aside, file);
    const { size, mtimeMs } = await lstat(file);
    const mtime_ms = Math.round(mtimeMs);
    return { agent, native_id: nativeId, root, file, bytes: size, mtime_ms, cwd, title: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BatonError("agent_error", `the conversation cannot be written for ${agent}: ${reason}`, {
      hint: `Check the disk and the rights on ${folder}.`,
      cause: error,
    });
  } finally {
    await rm(aside, { force: true });
  }
}

async function writeLines(file: string, records: readonly unknown[]): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    for (const record of records) await handle.write(`${JSON.stringify(record)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A second name for the same file cannot take the place of another; where there are none, a copy cannot either. */
async function placed(aside: string, file: string): Promise<void> {
  await link(aside, file).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw error;
    await copyFile(aside, file, constants.COPYFILE_EXCL);
  });
}

/** The entries as an agent takes them, and what that has changed. */
export function fitted(entries: readonly HistoryEntry[], fit: Fit) {
  const changed = countLosses();
  return { entries: entries.flatMap((entry) => fit(entry, changed)), changed: changed.list() };
}
