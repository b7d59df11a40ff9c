import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const PREFIX = "claude-";

/** Files that only this user may read, for as long as a child needs them. */
export interface PrivateFiles {
  write(value: unknown): Promise<string>;
  remove(file: string): Promise<void>;
}

/** Keeps them in one folder; what a hub that died has left there goes first. */
export function createPrivateFiles(folder: string): PrivateFiles {
  let prepared: Promise<void> | null = null;
  return {
    write: async (value) => {
      await (prepared ??= prepare(folder));
      const file = path.join(folder, `${PREFIX}${process.pid}-${randomUUID()}.json`);
      await writeFile(file, JSON.stringify(value), { mode: 0o600, flag: "wx" });
      return file;
    },
    remove: (file) => rm(file, { force: true }),
  };
}

async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left = (await readdir(folder)).filter((name) => isLeftBehind(name));
  await Promise.all(left.map((name) => rm(path.join(folder, name), { force: true })));
}

function isLeftBehind(name: string): boolean {
  const pid = new RegExp(`^${PREFIX}(\\d+)-[\\w-]+\\.json$`).exec(name)?.[1];
  return pid !== undefined && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
