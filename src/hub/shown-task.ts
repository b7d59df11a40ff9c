import { PANEL } from "../contracts/panel.ts";
import { RELAY } from "../contracts/relay.ts";
import type { ChildTask, Task } from "../contracts/task.ts";
import { sumOfUsage } from "../core/panel.ts";
import { withChange } from "../core/progress.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";
import { viewTask } from "./views.ts";

/** Which part of an artifact is given, in code points. */
export interface Window {
  readonly offset: number;
  readonly count: number;
}

/** More of it fits into no result. */
const WHOLE: Window = { offset: 0, count: 32_000 };
/** What lists show of it. */
const BEGINNING: Window = { offset: 0, count: 600 };

/** The same with no more than the beginning of an artifact: there are many. */
export function listedTask(hub: HubState, task: StoredTask): Task {
  return shownTask(hub, task, BEGINNING);
}

/** With its artifact from a code point on. */
export function taskFrom(hub: HubState, task: StoredTask, offset: number): Task {
  return shownTask(hub, task, { ...WHOLE, offset });
}

/** The task as front ends see it, with what of its answer has arrived; a panel or a relay with the tasks that it has asked for. */
export function shownTask(hub: HubState, task: StoredTask, window: Window = WHOLE): Task {
  const shown = shownAlone(hub, task, window);
  if (task.agent === RELAY) return shownRelay(hub, shown, window);
  if (task.agent !== PANEL) return shown;
  const children = hub.store.tasks.childrenOf(task.id).map((child) => shownAlone(hub, child, BEGINNING));
  // What they have used is theirs, and is counted there: a panel uses nothing itself.
  return { ...shown, children, usage: sumOfUsage(children.map(({ usage }) => usage)) };
}

/** Its steps with those that were done before it was resumed; what was used then was used by the relay of then. */
function shownRelay(hub: HubState, relay: ChildTask, { offset, count }: Window): Task {
  const steps = [...hub.store.relays.steps(relay.id).values()].flatMap(
    (id) => hub.store.tasks.byId(id) ?? [],
  );
  const children = steps.map((step) => shownAlone(hub, step, BEGINNING));
  const own = children.filter(({ lineage }) => lineage.parent === relay.id);
  return {
    ...relay,
    children,
    artifact: hub.store.artifacts.shown(artifactTask(hub, relay), offset, count),
    changes: own.flatMap(({ changes }) => changes).reduce(withChange, []),
    usage: sumOfUsage(own.map(({ usage }) => usage)),
  };
}

/** The task whose artifact is that of a task: of a relay the last step that has written one. */
export function artifactTask(hub: HubState, { id, agent }: Pick<StoredTask, "id" | "agent">): string {
  if (agent !== RELAY) return id;
  const steps = [...hub.store.relays.steps(id).values()];
  return steps.findLast((step) => hub.store.artifacts.shown(step, 0, 0) !== null) ?? id;
}

function shownAlone(hub: HubState, task: StoredTask, { offset, count }: Window): ChildTask {
  const artifact = hub.store.artifacts.shown(task.id, offset, count);
  return { ...viewTask({ ...task, answer: arrived(hub, task) }, hub.dispatcher.waiting(task.id)), artifact };
}

/** The answer, or what of it had arrived when the task was last heard of. */
function arrived({ store }: HubState, { id, status, answer }: StoredTask): string | null {
  if (status === "completed") return answer;
  const streamed = store.events.streamed(id);
  return streamed === "" ? answer : streamed;
}
