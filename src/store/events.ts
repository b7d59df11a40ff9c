import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { taskEventBodySchema, type TaskEvent, type TaskEventBody } from "../contracts/event.ts";

const streamedSchema = z.object({ text: z.string() });
const rowSchema = z.object({ seq: z.int(), at: z.string(), type: z.string(), data: z.string() });

export type EventStore = ReturnType<typeof createEventStore>;

/** The append-only log; `seq` counts from 1 within a task. */
export function createEventStore(database: DatabaseSync) {
  const last = database.prepare("select coalesce(max(seq), 0) as seq from events where task = ?");
  const insert = database.prepare("insert into events (task, seq, at, type, data) values (?, ?, ?, ?, ?)");
  const after = database.prepare(
    "select seq, at, type, data from events where task = ? and seq > ? order by seq limit ?",
  );
  const streamed = database.prepare(
    `select json_extract(data, '$.text') as text from events
     where task = ?1 and type = 'message.delta'
       and seq > (select coalesce(max(seq), 0) from events where task = ?1 and type = 'message')
     order by seq`,
  );
  return {
    /** The text that has streamed in since the last whole message. */
    streamed: (task: string): string =>
      streamed
        .all(task)
        .map((row) => streamedSchema.parse(row).text)
        .join(""),
    append(task: string, at: string, body: TaskEventBody): TaskEvent {
      const seq = z.object({ seq: z.int() }).parse(last.get(task)).seq + 1;
      insert.run(task, seq, at, body.type, JSON.stringify(body.data));
      return { task, seq, at, ...body };
    },
    /** Oldest first, at most `limit`. */
    after(task: string, seq: number, limit: number): readonly TaskEvent[] {
      return after.all(task, seq, limit).map((raw) => {
        const row = rowSchema.parse(raw);
        const body = taskEventBodySchema.parse({ type: row.type, data: JSON.parse(row.data) });
        return { task, seq: row.seq, at: row.at, ...body };
      });
    },
  };
}
