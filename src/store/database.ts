import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { BatonError } from "../contracts/error.ts";
import { spine } from "./migrations/001-spine.ts";
import { retention } from "./migrations/002-retention.ts";

/** In order; a database knows by its `user_version` how many it has. Never change one that was released. */
const MIGRATIONS: readonly string[] = [spine, retention];

/**
 * Opens the database and brings it up to date. What was written survives the death of this process; when the whole
 * machine dies the last moments may be missing, never more than that: waiting for the disk would cost each turn 10 ms.
 * @throws BatonError `hub_unavailable` when a later version has written it or it cannot be read.
 */
export function openDatabase(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file);
    chmodSync(file, 0o600);
    database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on");
    migrate(database, file);
    return database;
  } catch (error) {
    if (error instanceof BatonError) throw error;
    throw new BatonError("hub_unavailable", `the database ${file} cannot be opened: ${String(error)}`, {
      hint: "Check the disk and the folder's permissions; move the file away to begin with an empty one.",
      cause: error,
    });
  }
}

/** Runs `work` so that all of its writes happen or none. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}

function migrate(database: DatabaseSync, file: string): void {
  const row = database.prepare("pragma user_version").get() as { user_version: number };
  const version = row.user_version;
  if (version > MIGRATIONS.length) {
    throw new BatonError("hub_unavailable", `the database ${file} was written by a later version of Baton`, {
      hint: "Update Baton, or set BATON_HOME to another folder.",
    });
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    transaction(database, () => {
      database.exec(statements);
      database.exec(`pragma user_version = ${index + 1}`);
    });
  }
}
