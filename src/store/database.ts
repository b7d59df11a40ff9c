import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { BatonError } from "../contracts/error.ts";
import { spine } from "./migrations/001-spine.ts";
import { retention } from "./migrations/002-retention.ts";
import { delegation } from "./migrations/003-delegation.ts";
import { panels } from "./migrations/004-panels.ts";
import { worktrees } from "./migrations/005-worktrees.ts";
import { attachments } from "./migrations/006-attachments.ts";
import { native } from "./migrations/007-native.ts";
import { artifacts } from "./migrations/008-artifacts.ts";
import { handoffs } from "./migrations/009-handoffs.ts";

/** In order; a database knows by its `user_version` how many it has. Never change one that was released. */
const MIGRATIONS: readonly string[] = [
  spine,
  retention,
  delegation,
  panels,
  worktrees,
  attachments,
  native,
  artifacts,
  handoffs,
];

/** How long another program may hold the database before that is an error, in milliseconds. */
const BUSY_MS = 3_000;

interface Reason {
  readonly says: string;
  readonly hint: string;
}

const CHECK: Reason = {
  says: "cannot be used",
  hint: "Check the disk and the rights on the folder BATON_HOME.",
};
const BROKEN: Reason = {
  says: "is damaged, or no database of Baton",
  hint: "Move it away together with the files beside it that begin with its name; Baton begins with an empty one.",
};
/** By SQLite's primary result codes (https://sqlite.org/rescode.html). */
const REASONS: Readonly<Record<number, Reason>> = {
  1: BROKEN,
  5: { says: "is locked by another program", hint: "Close what has it open, and try again." },
  8: { says: "is read-only", hint: "Give yourself the right to write to BATON_HOME and the files in it." },
  11: BROKEN,
  13: {
    says: "cannot be written: the disk is full",
    hint: "Make room on the disk of BATON_HOME, and try again.",
  },
  26: BROKEN,
};

/** The error of the contract for what went wrong with the database; one that is of the contract already stays. */
export function storageError(error: unknown, file: string): BatonError {
  if (error instanceof BatonError) return error;
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : -1;
  const { says, hint } = REASONS[code] ?? CHECK;
  const detail = error instanceof Error ? error.message : String(error);
  return new BatonError("hub_unavailable", `the database ${file} ${says} (${detail})`, {
    hint,
    cause: error,
  });
}

/**
 * Opens the database and brings it up to date. What was written survives the death of this process; when the whole
 * machine dies the last moments may be missing, never more than that: waiting for the disk would cost each turn 10 ms.
 * @throws BatonError `hub_unavailable` when a later version has written it or it cannot be read.
 */
export function openDatabase(file: string): DatabaseSync {
  try {
    // Made before SQLite does: nobody else can read it even for a moment.
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on");
    migrate(database, file);
    return database;
  } catch (error) {
    throw storageError(error, file);
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
    // SQLite has rolled back by itself where the disk is full.
    if (database.isTransaction) database.exec("rollback");
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
