import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

const rowSchema = z.object({ pid: z.int(), birth: z.string() });

export type ProcessStore = ReturnType<typeof createProcessStore>;

/** The agents' processes that a hub has started and not yet seen end: what the next hub looks for after a crash. */
export function createProcessStore(database: DatabaseSync) {
  const insert = database.prepare("insert or ignore into processes (pid, birth) values (?, ?)");
  const remove = database.prepare("delete from processes where pid = ? and birth = ?");
  const all = database.prepare("select pid, birth from processes");
  return {
    add: (pid: number, birth: string) => void insert.run(pid, birth),
    remove: (pid: number, birth: string) => void remove.run(pid, birth),
    all: () => all.all().map((row) => rowSchema.parse(row)),
  };
}
