import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

const rowSchema = z.object({ seat: z.string(), session: z.string() });

export type PanelStore = ReturnType<typeof createPanelStore>;

/** Which conversations belong to a panel's session, by the names of the seats. */
export function createPanelStore(database: DatabaseSync) {
  const seat = database.prepare(
    `insert into panel_seats (panel, seat, session) values (?, ?, ?)
     on conflict (panel, seat) do update set session = excluded.session`,
  );
  const seats = database.prepare("select seat, session from panel_seats where panel = ?");
  return {
    /** Gives a seat to a session; both are there. */
    seat: (panel: string, name: string, session: string) => void seat.run(panel, name, session),
    /** The session of each seat that has one. */
    seats: (panel: string): ReadonlyMap<string, string> =>
      new Map(
        seats
          .all(panel)
          .map((raw) => rowSchema.parse(raw))
          .map((row) => [row.seat, row.session]),
      ),
  };
}
