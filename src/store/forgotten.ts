import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

const rowSchema = z.object({
  session: z.string(),
  agent: z.string(),
  native_id: z.string().nullable(),
  /** Why it is gone: not used for the ttl, too many others used since, or somebody's wish. */
  reason: z.enum(["expired", "crowded_out", "asked"]),
  at: z.string(),
});
/** What is left of a session that was forgotten. */
export type Forgotten = z.infer<typeof rowSchema>;

/** How many are remembered: more would grow for ever. */
const KEPT = 10_000;

export type ForgottenStore = ReturnType<typeof createForgottenStore>;

/** Removes sessions, and remembers which those were. */
export function createForgottenStore(database: DatabaseSync) {
  const tasksOf = "select id from tasks where session = ?";
  const removals = [
    "delete from panel_seats where ?1 in (panel, session)",
    `delete from events where task in (${tasksOf})`,
    `update tasks set parent = null where parent in (${tasksOf})`,
    "delete from tasks where session = ?",
    "delete from worktrees where session = ? and removed_at is not null",
    "delete from sessions where id = ?",
  ].map((statement) => database.prepare(statement));
  const remember = database.prepare(
    "insert into forgotten (session, agent, native_id, reason, at) values (?, ?, ?, ?, ?)",
  );
  const trim = database.prepare("delete from forgotten where number <= ?");
  const byId = database.prepare(
    "select session, agent, native_id, reason, at from forgotten where session = ?",
  );
  return {
    /** Removes a session with its tasks and their events; only for use in a transaction. */
    forget({ session, agent, native_id, reason, at }: Forgotten): void {
      for (const removal of removals) removal.run(session);
      const { lastInsertRowid } = remember.run(session, agent, native_id, reason, at);
      trim.run(Number(lastInsertRowid) - KEPT);
    },
    byId(id: string): Forgotten | null {
      const row = byId.get(id);
      return row === undefined ? null : rowSchema.parse(row);
    },
  };
}
