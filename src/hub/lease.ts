import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** The right to be the one hub of a home. */
export interface Lease {
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
    database.exec("begin exclusive");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (isLocked(error)) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isLocked(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
