import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** Variables that say where an agent keeps a conversation, as they were when it began; null: not set. */
export const placesSchema = z.record(z.string(), z.string().nullable());
export type Places = z.infer<typeof placesSchema>;

const rowSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  agent: z.string(),
  native_id: z.string().nullable(),
  cwd: z.string(),
  scope: z.string(),
  title: z.string().nullable(),
  places: z.string().transform((text) => placesSchema.parse(JSON.parse(text))),
  created_at: z.string(),
  updated_at: z.string(),
});
const countSchema = z.object({ count: z.int() });
const listedSchema = rowSchema.extend({ tasks: z.int() });

/** A session as it is stored. `scope` is the repository, or the directory where there is none. */
export type StoredSession = z.infer<typeof rowSchema>;
export type ListedSession = z.infer<typeof listedSchema>;

export interface SessionFilter {
  readonly agent: string | null;
  readonly scope: string | null;
  readonly query: string | null;
  readonly ids: readonly string[] | null;
  readonly after: string | null;
  readonly limit: number;
}

export type SessionStore = ReturnType<typeof createSessionStore>;

/** The sessions in the database. */
export function createSessionStore(database: DatabaseSync) {
  const columns = "id, name, agent, native_id, cwd, scope, title, places, created_at, updated_at";
  const counted = `${columns}, (select count(*) from tasks where tasks.session = sessions.id) as tasks`;
  // Counts uses and not time: a clock that is set back must not hide what was used last.
  const nextUse = "(select coalesce(max(used), 0) + 1 from sessions)";
  const insert = database.prepare(
    `insert into sessions (${columns}, home_machine, used) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${nextUse})`,
  );
  const byId = database.prepare(`select ${columns} from sessions where id = ?`);
  const byNativeId = database.prepare(
    `select ${columns} from sessions where agent = ? and native_id = ? order by used desc limit 1`,
  );
  const byNativeIdOfAny = database.prepare(
    `select ${columns} from sessions where native_id = ? order by used desc limit 1`,
  );
  const byName = database.prepare(
    `select ${columns} from sessions where agent = ? and scope = ? and name = ?`,
  );
  const byNameOfAny = database.prepare(`select ${columns} from sessions where scope = ? and name = ?`);
  const latest = database.prepare(
    `select ${columns} from sessions where agent = ? and cwd = ? order by used desc limit 1`,
  );
  const list = database.prepare(
    `select ${counted} from sessions
     where (?1 is null or agent = ?1) and (?2 is null or scope = ?2)
       and (?3 is null or instr(lower(coalesce(name, '') || ' ' || coalesce(title, '') || ' ' || id), lower(?3)) > 0)
       and (?4 is null or id in (select value from json_each(?4)))
       and (?5 is null or used < (select used from sessions where id = ?5))
     order by used desc limit ?6`,
  );
  const setNativeId = database.prepare("update sessions set native_id = ? where id = ?");
  const setName = database.prepare("update sessions set name = ? where id = ?");
  const listed = database.prepare(`select ${counted} from sessions where id = ?`);
  // The number of tasks below one, and who has asked whom, are needed as long as anything of that root is under way.
  const isIdle = `not exists (
    select 1 from tasks join tasks as open on open.root = tasks.root
    where tasks.session = sessions.id and open.ended_at is null
  )`;
  // Its worktree goes first, which takes git.
  const isBare = `${isIdle} and not exists (
    select 1 from worktrees where worktrees.session = sessions.id and removed_at is null
  )`;
  const expired = database.prepare(
    `select ${columns} from sessions where updated_at < ?1 and ${isBare}
       and id not in (select value from json_each(?2)) order by used limit ?3`,
  );
  const leastUsed = database.prepare(
    `select ${columns} from sessions where ${isBare}
       and id not in (select value from json_each(?1)) order by used limit ?2`,
  );
  const unfinished = database.prepare(
    "select count(*) as count from tasks where session = ? and ended_at is null",
  );
  const touch = database.prepare(
    `update sessions set updated_at = ?, title = coalesce(title, ?), used = ${nextUse} where id = ?`,
  );
  const count = database.prepare("select count(*) as count from sessions");

  const one = (row: unknown): StoredSession | null => (row === undefined ? null : rowSchema.parse(row));
  const all = (rows: readonly unknown[]): readonly StoredSession[] => rows.map((row) => rowSchema.parse(row));
  return {
    insert(session: StoredSession, machine: string): void {
      const { id, name, agent, native_id, cwd, scope, title, places, created_at, updated_at } = session;
      const placesText = JSON.stringify(places);
      insert.run(id, name, agent, native_id, cwd, scope, title, placesText, created_at, updated_at, machine);
    },
    byId: (id: string) => one(byId.get(id)),
    /** The one used last where several go on in the same conversation; `agent` null takes any. */
    byNativeId: (agent: string | null, nativeId: string) =>
      one(agent === null ? byNativeIdOfAny.get(nativeId) : byNativeId.get(agent, nativeId)),
    /** One of each agent at most. */
    byNameOfAny: (scope: string, name: string) => all(byNameOfAny.all(scope, name)),
    byName: (agent: string, scope: string, name: string) => one(byName.get(agent, scope, name)),
    /** The one used last with this agent in this directory. */
    latest: (agent: string, cwd: string) => one(latest.get(agent, cwd)),
    /** Newest first. */
    list(filter: SessionFilter): readonly ListedSession[] {
      const { agent, scope, query, ids, after, limit } = filter;
      const rows = list.all(agent, scope, query, ids === null ? null : JSON.stringify(ids), after, limit);
      return rows.map((row) => listedSchema.parse(row));
    },
    setNativeId: (id: string, nativeId: string) => void setNativeId.run(nativeId, id),
    setName: (id: string, name: string | null) => void setName.run(name, id),
    /** The session as lists have it. */
    listed: (id: string) => listedSchema.parse(listed.get(id)),
    /** Those last used before a time, the least used first; without `open` ones, those with unfinished tasks, and those whose worktree stands. */
    expired: (before: string, open: readonly string[], limit: number) =>
      all(expired.all(before, JSON.stringify(open), limit)),
    /** Those used longest ago, with the same exceptions. */
    leastUsed: (open: readonly string[], limit: number) => all(leastUsed.all(JSON.stringify(open), limit)),
    hasUnfinishedTask: (id: string) => countSchema.parse(unfinished.get(id)).count > 0,
    touch: (id: string, at: string, title: string) => void touch.run(at, title, id),
    count: () => countSchema.parse(count.get()).count,
  };
}
