import type { Config } from "../contracts/config.ts";
import type { TaskError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import { budgetError } from "../core/lineage.ts";
import type { NewTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";

/** The error of a task whose root has used up its money; null while there is some, or no limit. */
export function budgetRefusal(hub: HubState, { root }: NewTask, { limits }: Config): TaskError | null {
  const budget = limits.budget_usd_per_root;
  if (budget === undefined) return null;
  const spent = hub.store.spending.costOf(root);
  return spent < budget ? null : budgetError(root, spent, budget);
}

/** Whether something of these can have changed what was spent. */
export function isSpending(events: readonly TaskEventBody[]): boolean {
  return events.some(({ type }) => type === "usage");
}
