import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

const rowSchema = z.object({ position: z.int(), content: z.instanceof(Uint8Array) });

export type AttachedStore = ReturnType<typeof createAttachedStore>;

/** The contents of attached files, by task and place in its list; gone once the task is final. */
export function createAttachedStore(database: DatabaseSync) {
  const insert = database.prepare("insert into attached_contents (task, position, content) values (?, ?, ?)");
  const ofTask = database.prepare("select position, content from attached_contents where task = ?");
  return {
    insert(task: string, position: number, content: Uint8Array): void {
      insert.run(task, position, content);
    },
    ofTask: (task: string): ReadonlyMap<number, Uint8Array> =>
      new Map(
        ofTask.all(task).map((row) => {
          const { position, content } = rowSchema.parse(row);
          return [position, content];
        }),
      ),
  };
}
