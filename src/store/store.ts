import type { DatabaseSync } from "node:sqlite";
import { createArtifactStore, type ArtifactStore } from "./artifacts.ts";
import { createAttachedStore, type AttachedStore } from "./attached.ts";
import { createEventStore, type EventStore } from "./events.ts";
import { createForgottenStore, type ForgottenStore } from "./forgotten.ts";
import { createLineageStore, type LineageStore } from "./lineage.ts";
import { createPanelStore, type PanelStore } from "./panels.ts";
import { createNativeStore, type NativeStore } from "./native.ts";
import { createProcessStore, type ProcessStore } from "./processes.ts";
import { createRelayStore, type RelayStore } from "./relays.ts";
import { createSessionStore, type SessionStore } from "./sessions.ts";
import { createSpendingStore, type SpendingStore } from "./spending.ts";
import { createTaskStore, type TaskStore } from "./tasks.ts";
import { createWorktreeStore, type WorktreeStore } from "./worktrees.ts";
import { openDatabase, storageError, transaction } from "./database.ts";

/** Everything that outlives a hub. */
export interface Store {
  readonly sessions: SessionStore;
  readonly tasks: TaskStore;
  readonly attached: AttachedStore;
  readonly artifacts: ArtifactStore;
  readonly events: EventStore;
  readonly lineage: LineageStore;
  readonly panels: PanelStore;
  readonly relays: RelayStore;
  readonly spending: SpendingStore;
  readonly processes: ProcessStore;
  readonly forgotten: ForgottenStore;
  readonly worktrees: WorktreeStore;
  readonly native: NativeStore;
  /** All writes of `work` happen or none. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the store in a file, which is made when it is not there.
 * @throws BatonError `hub_unavailable`
 */
export function openStore(file: string): Store {
  const database = openDatabase(file);
  try {
    return storeOn(database);
  } catch (error) {
    database.close();
    throw storageError(error, file);
  }
}

/** The store in a database that is up to date. */
export function storeOn(database: DatabaseSync): Store {
  return {
    sessions: createSessionStore(database),
    tasks: createTaskStore(database),
    attached: createAttachedStore(database),
    artifacts: createArtifactStore(database),
    events: createEventStore(database),
    lineage: createLineageStore(database),
    panels: createPanelStore(database),
    relays: createRelayStore(database),
    spending: createSpendingStore(database),
    processes: createProcessStore(database),
    forgotten: createForgottenStore(database),
    worktrees: createWorktreeStore(database),
    native: createNativeStore(database),
    transaction: (work) => transaction(database, work),
    close: () => database.close(),
  };
}
