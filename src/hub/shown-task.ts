import { PANEL } from "../contracts/panel.ts";
import type { ChildTask, Task } from "../contracts/task.ts";
import { sumOfUsage } from "../core/panel.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";
import { viewTask } from "./views.ts";

/** The task as front ends see it, with what of its answer has arrived; a panel with the tasks that it has asked for. */
export function shownTask(hub: HubState, task: StoredTask): Task {
  const shown = shownAlone(hub, task);
  if (task.agent !== PANEL) return shown;
  const children = hub.store.tasks.childrenOf(task.id).map((child) => shownAlone(hub, child));
  // What they have used is theirs, and is counted there: a panel uses nothing itself.
  return { ...shown, children, usage: sumOfUsage(children.map(({ usage }) => usage)) };
}

function shownAlone(hub: HubState, task: StoredTask): ChildTask {
  return viewTask({ ...task, answer: arrived(hub, task) }, hub.dispatcher.waiting(task.id));
}

/** The answer, or what of it had arrived when the task was last heard of. */
function arrived({ store }: HubState, { id, status, answer }: StoredTask): string | null {
  if (status === "completed") return answer;
  const streamed = store.events.streamed(id);
  return streamed === "" ? answer : streamed;
}
