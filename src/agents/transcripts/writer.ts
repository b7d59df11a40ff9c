import type { HistoryEntry, Loss } from "../../core/history/entry.ts";
import type { Environment } from "../driver.ts";
import type { NativeFile } from "./native.ts";

/** A conversation to be written. */
export interface WriteRequest {
  /** The environment in which the agent is to find it. */
  readonly env: Environment;
  /** Absolute, without links: where the conversation is to go on. */
  readonly cwd: string;
  readonly entries: readonly HistoryEntry[];
  /** What a list calls it. */
  readonly title: string;
  /** ISO 8601 UTC; the time of whatever has none of its own. */
  readonly at: string;
}

/** A conversation that was written, complete and only now to be seen by its agent. */
export interface Written {
  readonly nativeId: string;
  /** For the reader of the same agent. */
  readonly file: NativeFile;
  /** What it has in it: the entries that were asked for, in the form that the agent takes. */
  readonly entries: readonly HistoryEntry[];
  /** What had to take another form. */
  readonly changed: readonly Loss[];
}

/** Writes conversations as one kind of agent has them on disk. */
export interface NativeWriter {
  readonly agent: string;
  /**
   * Writes a new conversation; one that is there is never touched.
   * @throws BatonError `agent_error` when it cannot be written
   */
  write(request: WriteRequest): Promise<Written>;
}
