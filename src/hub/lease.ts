import { chmodSync, statSync, truncateSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** The right to be the one hub of a home. */
export interface Lease {
  /** Whether the file that is locked still lies in its place: without it, another hub can be there. */
  isInPlace(): boolean;
  release(): void;
}

/**
 * Takes the lease, or gives null when another process has it.
 * It is a lock of the operating system on a file of its own, so it ends with its holder, however that ends.
 */
export function takeLease(file: string): Lease | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    lock(database, file);
    const taken = identityOf(file);
    return { isInPlace: () => identityOf(file) === taken, release: () => database.close() };
  } catch (error) {
    database.close();
    if (codeOf(error) === SQLITE_BUSY) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

function lock(database: DatabaseSync, file: string): void {
  try {
    database.exec("begin exclusive");
  } catch (error) {
    if (codeOf(error) !== SQLITE_NOTADB) throw error;
    // Nothing is ever written into it. Emptied in its place, it stays the one file that all lock.
    truncateSync(file);
    database.exec("begin exclusive");
  }
}

function codeOf(error: unknown): number | null {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) : null;
}

function identityOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
