import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { Artifact } from "../contracts/artifact.ts";

const rowSchema = z.object({
  task: z.string(),
  path: z.string(),
  /** Absolute, without links above it. */
  place: z.string(),
  sections: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  writer: z.enum(["agent", "answer"]),
  before: z.string().nullable(),
  /** When the task began and what lay there was looked at; null: not yet. */
  begun_at: z.string().nullable(),
  sha256: z.string().nullable(),
});
/** What a task is to write, and the hash of what it has written. */
export type StoredArtifact = z.infer<typeof rowSchema>;
export type NewArtifact = Pick<StoredArtifact, "task" | "path" | "place" | "writer"> & {
  readonly sections: readonly string[];
};

/** What a task has written. */
export interface WrittenArtifact {
  readonly sha256: string;
  readonly content: string | null;
  readonly deviations: string | null;
}

const shownSchema = z.object({
  path: z.string(),
  sha256: z.string(),
  piece: z.string().nullable(),
  length: z.int().nullable(),
  deviations: z.string().nullable(),
});
const contentSchema = z.object({ content: z.string().nullable() });
const holderSchema = z.object({ task: z.string() });

export type ArtifactStore = ReturnType<typeof createArtifactStore>;

/** The artifacts of tasks in the database. */
export function createArtifactStore(database: DatabaseSync) {
  const insert = database.prepare(
    "insert into artifacts (task, path, place, sections, writer) values (?, ?, ?, ?, ?)",
  );
  const begin = database.prepare("update artifacts set before = ?, begun_at = ? where task = ?");
  const write = database.prepare(
    "update artifacts set sha256 = ?, content = ?, deviations = ? where task = ?",
  );
  const ofTask = database.prepare(
    "select task, path, place, sections, writer, before, begun_at, sha256 from artifacts where task = ?",
  );
  const shown = database.prepare(
    `select path, sha256, substr(content, ?2 + 1, ?3) as piece, length(content) as length, deviations
     from artifacts where task = ?1 and sha256 is not null`,
  );
  const content = database.prepare("select content from artifacts where task = ?");
  const holder = database.prepare(
    `select artifacts.task from artifacts join tasks on tasks.id = artifacts.task
     where place = ? and tasks.ended_at is null and tasks.session <> ? limit 1`,
  );
  return {
    insert: ({ task, path, place, sections, writer }: NewArtifact) =>
      void insert.run(task, path, place, JSON.stringify(sections), writer),
    /** The task begins, and this is what lies there; null: nothing that could be one. */
    begin: (task: string, before: string | null, at: string) => void begin.run(before, at, task),
    write: (task: string, { sha256, content: text, deviations }: WrittenArtifact) =>
      void write.run(sha256, text, deviations, task),
    ofTask(task: string): StoredArtifact | null {
      const row = ofTask.get(task);
      return row === undefined ? null : rowSchema.parse(row);
    },
    /** What the task has written, with `count` code points of it from `offset` on; null: nothing. */
    shown(task: string, offset: number, count: number): Artifact | null {
      const row = shown.get(task, offset, count);
      if (row === undefined) return null;
      const { path, sha256, piece, length, deviations } = shownSchema.parse(row);
      const next = Math.min(offset + count, length ?? 0);
      const remaining = (length ?? 0) - next;
      const more = remaining > 0 ? { offset: next, remaining } : null;
      return { path, sha256, content: piece, more, deviations };
    },
    /** All that is kept of it. */
    content(task: string): string | null {
      const row = content.get(task);
      return row === undefined ? null : contentSchema.parse(row).content;
    },
    /** An unfinished task of another session that is to write the same file. */
    holderOf(place: string, session: string): string | null {
      const row = holder.get(place, session);
      return row === undefined ? null : holderSchema.parse(row).task;
    },
  };
}
