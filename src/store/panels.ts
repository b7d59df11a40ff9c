import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

const rowSchema = z.object({ seat: z.string(), session: z.string(), task: z.string() });

/** A place in a panel, and who has it. */
export interface Seating {
  /** The session of the panel. */
  readonly panel: string;
  readonly seat: string;
  readonly session: string;
  /** The task of the panel. */
  readonly task: string;
  /** At which place it is asked there. */
  readonly place: number;
}

export type PanelStore = ReturnType<typeof createPanelStore>;

/** Which conversations belong to a panel's session, by the names of the seats. */
export function createPanelStore(database: DatabaseSync) {
  const seat = database.prepare(
    `insert into panel_seats (panel, seat, session, task, place) values (?, ?, ?, ?, ?)
     on conflict (panel, seat) do update set session = excluded.session, task = excluded.task, place = excluded.place`,
  );
  const seats = database.prepare(
    `select seat, panel_seats.session, task from panel_seats join tasks on tasks.id = panel_seats.task
     where panel = ? order by tasks.number desc, place`,
  );
  const all = (panel: string) => seats.all(panel).map((row) => rowSchema.parse(row));
  return {
    /** Gives a seat to a session. */
    seat: (seating: Seating) =>
      void seat.run(seating.panel, seating.seat, seating.session, seating.task, seating.place),
    /** The session of each seat that a panel has ever had. */
    seats: (panel: string): ReadonlyMap<string, string> =>
      new Map(all(panel).map((row) => [row.seat, row.session])),
    /** The seats that were asked last, in their order. */
    lastAsked(panel: string): readonly string[] {
      const rows = all(panel);
      return rows.filter(({ task }) => task === rows[0]?.task).map((row) => row.seat);
    },
  };
}
