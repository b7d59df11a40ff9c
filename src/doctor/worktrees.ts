import { existsSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { placesIn } from "../process/places.ts";

/** The worktrees that hold work which nobody has applied or thrown away. */
export interface WorktreeFacts {
  /** The newest task of each. */
  readonly tasks: readonly string[];
  /** How much the worktrees folder takes, in bytes, as far as it was counted. */
  readonly bytes: number;
  readonly folder: string;
}

/** More files than this are not counted. */
const MOST = 100_000;

const rowsSchema = z.array(z.object({ task: z.string() }));

/** Finds out what is kept in worktrees of finished tasks. */
export async function worktreesIn(home: string): Promise<WorktreeFacts> {
  const { database, worktreesFolder: folder } = placesIn(home);
  const tasks = existsSync(database) ? unapplied(database) : [];
  return { tasks, folder, bytes: tasks.length === 0 ? 0 : await sizeOf(folder) };
}

function unapplied(file: string): readonly string[] {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = database
        .prepare(
          `select id as task from tasks where number in (
             select max(tasks.number) from worktrees join tasks on tasks.worktree = worktrees.id
             where worktrees.ended_at is null and coalesce(worktrees.files, 1) > 0
             group by worktrees.id having min(tasks.ended_at is not null) = 1
           ) order by number`,
        )
        .all();
      return rowsSchema.parse(rows).map(({ task }) => task);
    } finally {
      database.close();
    }
  } catch {
    // A database of an earlier version has no worktrees, and one that cannot be read is told of elsewhere.
    return [];
  }
}

async function sizeOf(folder: string): Promise<number> {
  const folders = [folder];
  let bytes = 0;
  let count = 0;
  for (let next = folders.pop(); next !== undefined && count < MOST; next = folders.pop()) {
    const at = next;
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    count += entries.length;
    const files = entries.filter((entry) => !entry.isDirectory());
    folders.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(at, name)));
    const sizes = await Promise.all(
      files.map(async ({ name }) => (await lstat(path.join(at, name)).catch(() => null))?.size ?? 0),
    );
    bytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return bytes;
}
