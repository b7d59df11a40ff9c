import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { NativeSession } from "../core/transcript.ts";

/** A file as the index has it. `native_id` is null for one that is no conversation to list. */
export interface IndexedFile {
  readonly file: string;
  readonly agent: string;
  /** The folder that it was found below. */
  readonly root: string;
  readonly bytes: number;
  readonly mtime_ms: number;
  /** What the places around it said of it: a name, a directory. */
  readonly named: string | null;
  readonly placed: string | null;
  readonly session: NativeSession | null;
  /** What its reader goes on from when it has grown. */
  readonly sketch: unknown;
  /** What a search looks through. */
  readonly text: string;
}

const seenSchema = z.object({
  file: z.string(),
  bytes: z.int(),
  mtime_ms: z.int(),
  named: z.string().nullable(),
  placed: z.string().nullable(),
});
export type SeenBefore = z.infer<typeof seenSchema>;

const rowSchema = z.object({
  agent: z.string(),
  native_id: z.string(),
  file: z.string(),
  cwd: z.string().nullable(),
  branch: z.string().nullable(),
  title: z.string().nullable(),
  model: z.string().nullable(),
  turns: z.int(),
  bytes: z.int(),
  created_at: z.string().nullable(),
  mtime_ms: z.int(),
  /** Our id and name of it, where it is a session of ours. */
  session: z.string().nullable(),
  name: z.string().nullable(),
});
export type ListedNative = z.infer<typeof rowSchema>;

const sketchSchema = z.object({ sketch: z.string() });
const directorySchema = z.object({ cwd: z.string() });

export interface NativeFilter {
  /** The folders whose conversations are meant. */
  readonly roots: readonly string[];
  readonly agent: string | null;
  /** In the title, the prompts, the name, the id, the directory or the branch; upper and lower case are the same. */
  readonly query: string | null;
  readonly cwds: readonly string[] | null;
  /** The agents' own ids of those that may be shown. */
  readonly ids: readonly string[] | null;
  /** `<agent>:<native id>` of the last one of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** What is written of a file that is no conversation to list. */
const NOTHING = {
  native_id: null,
  cwd: null,
  branch: null,
  title: null,
  model: null,
  turns: 0,
  created_at: null,
};

export type NativeStore = ReturnType<typeof createNativeStore>;

/** The index of the conversations that agents have on disk. */
export function createNativeStore(database: DatabaseSync) {
  const seen = database.prepare(
    `select file, bytes, mtime_ms, named, placed from native_sessions
     where agent = ?1 and root in (select value from json_each(?2))`,
  );
  const sketch = database.prepare("select sketch from native_sessions where file = ?");
  const put = database.prepare(
    `insert or replace into native_sessions
       (file, agent, root, bytes, mtime_ms, named, placed, native_id, cwd, branch, title, model, turns, created_at, sketch, haystack)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare(
    "delete from native_sessions where file in (select value from json_each(?))",
  );
  // A conversation may lie in several files, such as a copy that goes on: the one that was changed last counts.
  const shown = `
    select *, row_number() over (partition by agent, native_id order by mtime_ms desc, file) as place
    from native_sessions where native_id is not null and root in (select value from json_each(?1))`;
  const ours = (column: string) =>
    `(select ${column} from sessions where sessions.agent = shown.agent
        and sessions.native_id = shown.native_id order by used desc limit 1)`;
  const list = database.prepare(
    `with shown as (${shown}), listed as (
       select shown.*, ${ours("id")} as session, ${ours("name")} as name from shown where place = 1
     )
     select agent, native_id, file, cwd, branch, title, model, turns, bytes, created_at, mtime_ms, session, name
     from listed
     where (?2 is null or agent = ?2)
       and (?3 is null or instr(haystack, ?3) > 0 or instr(lower(coalesce(name, '') || ' ' || coalesce(session, '')), ?3) > 0)
       and (?4 is null or cwd in (select value from json_each(?4)))
       and (?5 is null or native_id in (select value from json_each(?5)))
       and (?6 is null or (mtime_ms, agent || ':' || native_id) <
         (select mtime_ms, agent || ':' || native_id from listed where agent || ':' || native_id = ?6))
     order by mtime_ms desc, agent || ':' || native_id desc limit ?7`,
  );
  const directories = database.prepare(
    `select distinct cwd from native_sessions
     where native_id is not null and cwd is not null and root in (select value from json_each(?))`,
  );
  const byId = database.prepare(
    `select *, null as session, null as name from native_sessions where agent = ? and native_id = ?
     order by mtime_ms desc limit 1`,
  );

  return {
    /** The files that an agent had in these folders. */
    seen: (agent: string, roots: readonly string[]): readonly SeenBefore[] =>
      seen.all(agent, JSON.stringify(roots)).map((row) => seenSchema.parse(row)),
    /** What a reader has kept of a file; undefined where it is not known. */
    sketch(file: string): unknown {
      const row = sketch.get(file);
      return row === undefined ? undefined : JSON.parse(sketchSchema.parse(row).sketch);
    },
    put(indexed: IndexedFile): void {
      const { file, agent, root, bytes, mtime_ms, named, placed, session, text } = indexed;
      const { native_id, cwd, branch, title, model, turns, created_at } = session ?? NOTHING;
      const told = [native_id, cwd, branch, title, model, turns, created_at];
      const kept = [JSON.stringify(indexed.sketch), text.toLowerCase()];
      put.run(file, agent, root, bytes, mtime_ms, named, placed, ...told, ...kept);
    },
    remove: (files: readonly string[]) => void remove.run(JSON.stringify(files)),
    /** The one that was changed last first. */
    list({ roots, agent, query, cwds, ids, after, limit }: NativeFilter): readonly ListedNative[] {
      const listed = (values: readonly string[] | null) => (values === null ? null : JSON.stringify(values));
      const rows = list.all(
        JSON.stringify(roots),
        agent,
        query?.toLowerCase() ?? null,
        listed(cwds),
        listed(ids),
        after,
        limit,
      );
      return rows.map((row) => rowSchema.parse(row));
    },
    /** The directories of the conversations in these folders. */
    directories: (roots: readonly string[]): readonly string[] =>
      directories.all(JSON.stringify(roots)).map((row) => directorySchema.parse(row).cwd),
    /** A conversation by the agent's own id, as the index last saw it. */
    byId(agent: string, nativeId: string): ListedNative | null {
      const row = byId.get(agent, nativeId);
      return row === undefined ? null : rowSchema.parse(row);
    },
  };
}
