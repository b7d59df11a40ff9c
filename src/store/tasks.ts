import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { attachmentSchema } from "../contracts/attachment.ts";
import { taskErrorSchema } from "../contracts/error.ts";
import { accessSchema, fileChangeSchema, taskStatusSchema, usageSchema } from "../contracts/task.ts";

const json = <T extends z.ZodType>(schema: T) =>
  z.string().transform((text): z.infer<T> => schema.parse(JSON.parse(text)));

const rowSchema = z.object({
  id: z.string(),
  key: z.string(),
  session: z.string(),
  agent: z.string(),
  status: taskStatusSchema,
  title: z.string(),
  prompt: z.string(),
  model: z.string().nullable(),
  effort: z.string().nullable(),
  attachments: json(z.array(attachmentSchema).readonly()),
  answer: z.string().nullable(),
  error: json(taskErrorSchema).nullable(),
  changes: json(z.array(fileChangeSchema)),
  usage: json(usageSchema).nullable(),
  warnings: json(z.array(z.string())),
  root: z.string(),
  parent: z.string().nullable(),
  depth: z.int(),
  /** The agent that asked for it; null when a person did. */
  asker: z.string().nullable(),
  access: accessSchema,
  cwd: z.string(),
  wall_ms: z.int(),
  idle_ms: z.int(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  native_id: z.string().nullable(),
  /** The worktree that it works in, and its branch; null in the directory itself. */
  worktree: z.string().nullable(),
  branch: z.string().nullable(),
});
const exchangeSchema = rowSchema.pick({ prompt: true }).extend({ answer: z.string() });
/** A task as it is stored, with its session's native id; `prompt` and `answer` whole. */
export type StoredTask = z.infer<typeof rowSchema>;

export type NewTask = Pick<
  StoredTask,
  | "id"
  | "key"
  | "session"
  | "agent"
  | "title"
  | "prompt"
  | "model"
  | "effort"
  | "attachments"
  | "root"
  | "parent"
  | "depth"
  | "asker"
  | "access"
  | "cwd"
  | "worktree"
  | "wall_ms"
  | "idle_ms"
  | "created_at"
>;

export interface TaskFilter {
  readonly limit: number;
  readonly after: string | null;
  readonly unfinished: boolean;
  /** Only those of this root. */
  readonly root: string | null;
  /** Only these. */
  readonly ids: readonly string[] | null;
}

export type TaskStore = ReturnType<typeof createTaskStore>;

/** The tasks in the database. */
export function createTaskStore(database: DatabaseSync) {
  const from = `select tasks.*, sessions.native_id, worktrees.branch from tasks
    join sessions on sessions.id = tasks.session left join worktrees on worktrees.id = tasks.worktree`;
  const insert = database.prepare(
    `insert into tasks (id, key, session, agent, status, title, prompt, model, effort, attachments, root, parent,
       depth, asker, access, cwd, worktree, wall_ms, idle_ms, created_at)
     values (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = database.prepare(`${from} where tasks.id = ?`);
  const byKey = database.prepare(`${from} where tasks.key = ?`);
  const list = database.prepare(
    `${from} where (?1 is null or tasks.number < (select number from tasks where id = ?1))
       and (?2 = 0 or tasks.ended_at is null)
       and (?4 is null or tasks.root = ?4)
       and (?5 is null or tasks.id in (select value from json_each(?5)))
     order by tasks.number desc limit ?3`,
  );
  const unfinished = database.prepare(`${from} where tasks.ended_at is null order by tasks.number`);
  const exchanges = database.prepare(
    `select substr(prompt, 1, ?2) as prompt, substr(answer, 1, ?2) as answer from tasks
     where session = ?1 and status = 'completed' and answer is not null order by number desc limit 200`,
  );
  const opened = database.prepare(
    `select 1 from tasks where session = ? and started_at is not null and ended_at is not null
       and (error is null or json_extract(error, '$.code') <> 'session_not_found') limit 1`,
  );
  const update = database.prepare(
    `update tasks set status = ?, answer = ?, error = ?, usage = ?, changes = ?, warnings = ?,
       started_at = ?, ended_at = ? where id = ?`,
  );
  const childrenOf = database.prepare(`${from} where tasks.parent = ? order by tasks.number`);
  const dropContents = database.prepare("delete from attached_contents where task = ?");
  const lastIn = database.prepare(`${from} where tasks.session = ? order by tasks.number desc limit 1`);
  const one = (row: unknown): StoredTask | null => (row === undefined ? null : rowSchema.parse(row));
  const all = (rows: readonly unknown[]): readonly StoredTask[] => rows.map((row) => rowSchema.parse(row));

  return {
    insert(task: NewTask): void {
      insert.run(
        task.id,
        task.key,
        task.session,
        task.agent,
        task.title,
        task.prompt,
        task.model,
        task.effort,
        JSON.stringify(task.attachments),
        task.root,
        task.parent,
        task.depth,
        task.asker,
        task.access,
        task.cwd,
        task.worktree,
        task.wall_ms,
        task.idle_ms,
        task.created_at,
      );
    },
    byId: (id: string) => one(byId.get(id)),
    /** The tasks that a task has asked for itself, the oldest first. */
    childrenOf: (id: string) => all(childrenOf.all(id)),
    /** The newest task of a session. */
    lastIn: (session: string) => one(lastIn.get(session)),
    byKey: (key: string) => one(byKey.get(key)),
    /** Newest first. */
    list: ({ after, unfinished, limit, root, ids }: TaskFilter) =>
      all(list.all(after, unfinished ? 1 : 0, limit, root, ids === null ? null : JSON.stringify(ids))),
    /** Oldest first. */
    unfinished: () => all(unfinished.all()),
    /** What was asked and answered in a session, the newest first, each text cut to so many code points. */
    exchanges: (session: string, length: number) =>
      exchanges.all(session, length).map((row) => exchangeSchema.parse(row)),
    /** Whether a task of this session has ended otherwise than for want of its conversation. */
    wasOpen: (session: string) => opened.get(session) !== undefined,
    /** Writes what the log says now, and lets go of attached content that nobody needs any more; only beside an append. */
    mirror(task: StoredTask): void {
      update.run(
        task.status,
        task.answer,
        jsonOrNull(task.error),
        jsonOrNull(task.usage),
        JSON.stringify(task.changes),
        JSON.stringify(task.warnings),
        task.started_at,
        task.ended_at,
        task.id,
      );
      if (task.ended_at !== null) dropContents.run(task.id);
    },
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
