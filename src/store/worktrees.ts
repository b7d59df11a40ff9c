import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

export const WORKTREE_STATES = ["planned", "ready", "applying", "applied", "discarded", "cleaned"] as const;

const treesSchema = z.object({ from: z.string(), to: z.string() });
const rowSchema = z.object({
  id: z.string(),
  session: z.string(),
  /** The top of the working tree that it was asked for in. */
  repository: z.string(),
  common_dir: z.string(),
  /** Its own top. */
  path: z.string(),
  /** Where git keeps what belongs to it; null until it is made. */
  git_dir: z.string().nullable(),
  branch: z.string(),
  /** The commit that its work is compared with. */
  base: z.string(),
  state: z.enum(WORKTREE_STATES),
  /** The working tree of the repository as it was and as it is to be, while that is being changed. */
  trees: z
    .string()
    .transform((text) => treesSchema.parse(JSON.parse(text)))
    .nullable(),
  /** How many files differ from the base, as of the last task's end; null while that is not known. */
  files: z.int().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  removed_at: z.string().nullable(),
});
/** A worktree as it is stored. */
export type StoredWorktree = z.infer<typeof rowSchema>;
export type NewWorktree = Pick<
  StoredWorktree,
  "id" | "session" | "repository" | "common_dir" | "path" | "branch" | "base" | "created_at"
>;
export type Trees = z.infer<typeof treesSchema>;
/** The states in which it is over; what is left of it is removed. */
export type WorktreeEnd = Extract<StoredWorktree["state"], "applied" | "discarded" | "cleaned">;

export type WorktreeStore = ReturnType<typeof createWorktreeStore>;

/** The worktrees of tasks in the database. */
export function createWorktreeStore(database: DatabaseSync) {
  const columns =
    "id, session, repository, common_dir, path, git_dir, branch, base, state, trees, files, created_at, ended_at, removed_at";
  const insert = database.prepare(
    `insert into worktrees (id, session, repository, common_dir, path, branch, base, state, created_at)
     values (?, ?, ?, ?, ?, ?, ?, 'planned', ?)`,
  );
  // An earlier one in its place is gone, or is about to be.
  const replace = database.prepare(
    `update worktrees set state = case when ended_at is null then 'discarded' else state end,
       trees = null, ended_at = coalesce(ended_at, ?1), removed_at = ?1 where path = ?2 and removed_at is null`,
  );
  const byId = database.prepare(`select ${columns} from worktrees where id = ?`);
  const lastOf = database.prepare(
    `select ${columns} from worktrees where session = ? order by number desc limit 1`,
  );
  const standing = database.prepare(
    `select ${columns} from worktrees where removed_at is null order by number`,
  );
  const lastTask = database.prepare("select id from tasks where worktree = ? order by number desc limit 1");
  const ready = database.prepare(
    "update worktrees set state = 'ready', git_dir = coalesce(?, git_dir), trees = null where id = ?",
  );
  const applying = database.prepare("update worktrees set state = 'applying', trees = ? where id = ?");
  const end = database.prepare(
    "update worktrees set state = ?, trees = null, ended_at = ? where id = ? and ended_at is null",
  );
  const removed = database.prepare("update worktrees set removed_at = ? where id = ?");
  const setFiles = database.prepare("update worktrees set files = ? where id = ?");
  const one = (row: unknown): StoredWorktree | null => (row === undefined ? null : rowSchema.parse(row));
  return {
    /** Writes down one that is to be made; in the place of one that was there before. */
    insert(worktree: NewWorktree): void {
      const { id, session, repository, common_dir, path, branch, base, created_at } = worktree;
      replace.run(created_at, path);
      insert.run(id, session, repository, common_dir, path, branch, base, created_at);
    },
    byId: (id: string) => one(byId.get(id)),
    /** The newest one of a session. */
    lastOf: (session: string) => one(lastOf.get(session)),
    /** Those of which something may be on the disk, the oldest first. */
    standing: (): readonly StoredWorktree[] => standing.all().map((row) => rowSchema.parse(row)),
    /** The newest task in it. */
    lastTask: (id: string): string | null =>
      z
        .object({ id: z.string() })
        .nullable()
        .parse(lastTask.get(id) ?? null)?.id ?? null,
    /** It stands, and nothing is under way with it; `gitDir` null leaves what is known. */
    setReady: (id: string, gitDir: string | null) => void ready.run(gitDir, id),
    setApplying: (id: string, trees: Trees) => void applying.run(JSON.stringify(trees), id),
    /** It is over; what is left of it is to be removed. */
    end: (id: string, state: WorktreeEnd, at: string) => void end.run(state, at, id),
    setRemoved: (id: string, at: string) => void removed.run(at, id),
    setFiles: (id: string, files: number | null) => void setFiles.run(files, id),
  };
}
