import type { Task } from "../contracts/task.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";
import { viewTask } from "./views.ts";

/** The task as front ends see it, with what of its answer has arrived. */
export function shownTask(hub: HubState, task: StoredTask): Task {
  return viewTask({ ...task, answer: arrived(hub, task) }, hub.dispatcher.waiting(task.id));
}

/** The answer, or what of it had arrived when the task was last heard of. */
function arrived({ store }: HubState, { id, status, answer }: StoredTask): string | null {
  if (status === "completed") return answer;
  const streamed = store.events.streamed(id);
  return streamed === "" ? answer : streamed;
}
