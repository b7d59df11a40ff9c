import { BatonError, errorOf } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import type { NewTask } from "../store/tasks.ts";
import { cancelBelow } from "./cancel.ts";
import type { Run } from "./run.ts";
import type { HubState } from "./state.ts";
import { failed, status } from "./status-events.ts";

export type Write = (events: readonly TaskEventBody[]) => void;

/** What a task that has others do the work is given while it runs. */
export interface Coordinated {
  readonly hub: HubState;
  readonly task: NewTask;
  /** Aborted when the task is cancelled or stopped. */
  readonly stopped: AbortSignal;
  readonly write: Write;
}

export interface Coordination {
  /** Has the work done; gives how the task ends. */
  readonly outcomeOf: (running: Coordinated) => Promise<TaskEventBody>;
  /** Says whom to steer in its place. */
  readonly steerInstead: () => string;
}

/** Runs a task that works on nothing itself. What it has begun does not outlive it, unless it completes. */
export function runCoordinator(hub: HubState, task: NewTask, { outcomeOf, steerInstead }: Coordination): Run {
  const stopping = new AbortController();
  let last: TaskEventBody = status("cancelled");
  const write: Write = (events) => void hub.log.append(task.id, events);
  const perform = async () => {
    write([status("working")]);
    const outcome = await outcomeOf({ hub, task, stopped: stopping.signal, write }).catch((error: unknown) =>
      failed(errorOf(error, "agent_error")),
    );
    write([stopping.signal.aborted ? last : outcome]);
    if (hub.store.tasks.byId(task.id)?.status !== "completed") cancelBelow(hub, task.id);
    hub.callers.drop(task.id);
  };
  return {
    done: perform(),
    cancel: () => stopping.abort(),
    stop: (error) => {
      last = failed(error);
      stopping.abort();
    },
    steer: async () => {
      const message = `${task.id} is a ${task.agent}, which works on nothing itself`;
      throw new BatonError("invalid_argument", message, { hint: steerInstead() });
    },
  };
}
