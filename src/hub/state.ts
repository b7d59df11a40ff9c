import type { Drivers } from "../agents/registry.ts";
import type { Config } from "../contracts/config.ts";
import type { Places } from "../process/places.ts";
import type { Store } from "../store/store.ts";
import type { Callers } from "./callers.ts";
import type { Children } from "./children.ts";
import type { Conversations } from "./conversations.ts";
import type { Credentials } from "./credentials.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Requests } from "./requests.ts";
import type { ChangeWatch } from "./changes/watch.ts";
import type { Worktrees } from "./worktrees/worktrees.ts";
import type { TaskLog } from "./task-log.ts";

/** The parts of a running hub that its methods work on. */
export interface HubState {
  readonly version: string;
  readonly startedAt: string;
  readonly places: Places;
  /** How this program is started: for an agent that has to be given its tools as a program. */
  readonly entry: readonly [string, ...string[]];
  readonly store: Store;
  readonly log: TaskLog;
  readonly drivers: Drivers;
  readonly conversations: Conversations;
  readonly dispatcher: Dispatcher;
  readonly requests: Requests;
  readonly worktrees: Worktrees;
  readonly changes: ChangeWatch;
  readonly callers: Callers;
  readonly children: Children;
  readonly credentials: Credentials;
  /** Writes an error that nobody waits for into the hub's log. */
  readonly report: (error: unknown) => void;
  /** Where the hub answers HTTP; null where it cannot. */
  readonly httpUrl: () => Promise<string | null>;
  readonly readConfig: (file: string) => Promise<Config>;
  /** The hub is on its way out and takes no more work. */
  readonly isStopping: () => boolean;
  /** Ends the hub; the answer to the request that asked for it is sent first. */
  readonly stop: () => void;
}
