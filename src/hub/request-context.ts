import type { TaskEvent } from "../contracts/event.ts";
import type { Asker } from "./viewer.ts";

/** One request of a front end while it is answered. */
export interface RequestContext {
  readonly asker: Asker;
  readonly signal: AbortSignal;
  /** Aborted when the front end has gone, long after the request was answered perhaps. */
  readonly closed: AbortSignal;
  readonly emit: (event: TaskEvent) => void;
}
