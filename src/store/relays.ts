import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { stepsSchema } from "../contracts/relay.ts";

/** What a relay is run with, for whoever resumes it. */
const termsSchema = z.object({
  attachments: z.array(z.string()),
  effort: z.string().nullable(),
  /** Limit of each step, in milliseconds; null: the config's. */
  step_ms: z.int().nullable(),
});
const json = <T extends z.ZodType>(schema: T) =>
  z.string().transform((text): z.infer<T> => schema.parse(JSON.parse(text)));
const rowSchema = z.object({
  task: z.string(),
  /** Where its artifacts lie, relative to its directory. */
  folder: z.string(),
  steps: json(stepsSchema),
  terms: json(termsSchema),
});
export type StoredRelay = z.infer<typeof rowSchema>;
const stepSchema = z.object({ place: z.int(), task: z.string() });

export type RelayStore = ReturnType<typeof createRelayStore>;

/** The relays in the database, and which task has had each step. */
export function createRelayStore(database: DatabaseSync) {
  const insert = database.prepare("insert into relays (task, folder, steps, terms) values (?, ?, ?, ?)");
  const byTask = database.prepare("select task, folder, steps, terms from relays where task = ?");
  const setStep = database.prepare(
    `insert into relay_steps (relay, place, task) values (?, ?, ?)
     on conflict (relay, place) do update set task = excluded.task`,
  );
  const stepsOf = database.prepare("select place, task from relay_steps where relay = ? order by place");
  return {
    insert: ({ task, folder, steps, terms }: StoredRelay) =>
      void insert.run(task, folder, JSON.stringify(steps), JSON.stringify(terms)),
    byTask(task: string): StoredRelay | null {
      const row = byTask.get(task);
      return row === undefined ? null : rowSchema.parse(row);
    },
    /** A step is done by this task, in this relay. */
    setStep: (relay: string, place: number, task: string) => void setStep.run(relay, place, task),
    /** The tasks of the steps that were begun, by their places. */
    steps: (relay: string): ReadonlyMap<number, string> =>
      new Map(
        stepsOf.all(relay).map((row) => {
          const { place, task } = stepSchema.parse(row);
          return [place, task];
        }),
      ),
  };
}
