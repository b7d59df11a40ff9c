import { BatonError } from "../contracts/error.ts";
import { isCoordinator } from "../contracts/coordinator.ts";
import type { Origin } from "../contracts/origin.ts";
import type { Access } from "../contracts/task.ts";
import { attribute, type Attribution, type Knowledge, type RunningTask } from "../core/attribution.ts";
import { isBelow, maySee, type Viewer } from "../core/visibility.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";

/** A conversation of ours, by the credential that it was given. */
export interface ChildIdentity {
  readonly session: string;
  readonly access: Access;
}

/** Who asks the hub, as it has found out. */
export interface Asker {
  readonly origin: Origin;
  readonly attribution: Exclude<Attribution, { kind: "stray" }>;
  readonly viewer: Viewer;
  /** The task that asks; null for a root. */
  readonly task: StoredTask | null;
}

/**
 * Finds out who asks: the holder of a credential that the hub has given to a conversation, else what the origin tells.
 * @throws BatonError `access_denied` for a process of an agent of ours that belongs to no task that runs
 */
export function askerOf(hub: HubState, origin: Origin, child: ChildIdentity | null): Asker {
  const attribution =
    child === null
      ? attribute(origin, knowledgeOf(hub))
      : inConversation(hub.dispatcher.runningIn(child.session));
  if (attribution.kind === "stray") {
    throw new BatonError(
      "access_denied",
      "this comes from an agent that Baton has started, and none of its tasks runs now, or nothing says which one asks",
      {
        hint: "Ask while the task runs, with the variables that the agent gives to its commands.",
        retryable: false,
      },
    );
  }
  if (attribution.kind !== "delegate") return { origin, attribution, viewer: attribution, task: null };
  const task = hub.store.tasks.byId(attribution.task);
  if (task === null) throw new BatonError("task_not_found", `the task ${attribution.task} is gone`);
  // A panel holds what the others have said: each of its members answers by itself.
  const above = hub.store.lineage.ancestors(task.id).filter(({ agent }) => !isCoordinator(agent));
  const ancestors = above.map(({ id }) => id);
  return { origin, attribution, viewer: { kind: "delegate", task: task.id, ancestors }, task };
}

function inConversation(task: string | null): Attribution {
  return task === null ? { kind: "stray" } : { kind: "delegate", task };
}

function knowledgeOf(hub: HubState): Knowledge {
  const running = (session: string): readonly RunningTask[] => {
    const task = hub.dispatcher.runningIn(session);
    const row = task === null ? null : hub.store.tasks.byId(task);
    if (row === null) return [];
    const { id, depth, native_id, root, access } = row;
    return [{ task: id, depth, nativeId: native_id, root, access }];
  };
  return {
    runningIn: (ids) =>
      ids.flatMap((id) => {
        const session = hub.store.sessions.byNativeId(null, id);
        return session === null ? [] : running(session.id);
      }),
    heldBy: ({ pid, birth }) =>
      hub.children.isAlive(pid, birth) ? hub.conversations.inProcess(pid).flatMap(running) : null,
  };
}

/**
 * A task that the asker may know of.
 * @throws BatonError `task_not_found`, also for one that is there and not theirs to see
 */
export function visibleTask(hub: HubState, { viewer }: Asker, id: string): StoredTask {
  const task = hub.store.tasks.byId(id);
  if (task !== null && maySee(viewer, standingOf(hub, task))) return task;
  throw new BatonError("task_not_found", `there is no task ${JSON.stringify(id)}`, {
    hint:
      viewer.kind === "person"
        ? "`baton tasks` lists them."
        : "An agent's session sees the tasks that it has asked for, and those below them.",
  });
}

/** The filter for lists of tasks: null does not filter. */
export function visibleTasks(
  hub: HubState,
  { viewer }: Asker,
): { readonly root: string | null; readonly ids: readonly string[] | null } {
  switch (viewer.kind) {
    case "person":
      return { root: null, ids: null };
    case "agent":
      return { root: viewer.root, ids: null };
    case "delegate": {
      const below = hub.store.lineage.descendants(viewer.task).map(({ id }) => id);
      return { root: null, ids: [...viewer.ancestors, viewer.task, ...below] };
    }
  }
}

/**
 * A task that the asker may steer and cancel.
 * @throws BatonError `task_not_found`, `access_denied`
 */
export function taskBelow(hub: HubState, asker: Asker, id: string): StoredTask {
  const task = visibleTask(hub, asker, id);
  if (isBelow(asker.viewer, standingOf(hub, task))) return task;
  throw new BatonError("access_denied", `the task ${id} stands above the one that asks, not below it`, {
    hint: "A task can steer and cancel what it has asked for itself, and what is below that.",
  });
}

export function standingOf(hub: HubState, { id, root }: Pick<StoredTask, "id" | "root">) {
  return { id, root, ancestors: hub.store.lineage.ancestors(id).map((above) => above.id) };
}
