import type { TaskEventBody } from "../contracts/event.ts";
import type { NewTask } from "../store/tasks.ts";
import type { HubState } from "./state.ts";

/** Says once for each agent that a key was kept from it, since it would have been billed unasked. */
export function noticeWithheldKeys(hub: HubState, task: NewTask, withheld: readonly string[]): void {
  if (withheld.length === 0) return;
  const { agent, created_at } = task;
  const keys = withheld.join(", ");
  if (!hub.store.spending.isFirst(`withheld:${agent}:${keys}`, created_at)) return;
  const message =
    `${keys} of the environment is kept from ${agent}, which has a login of its own that pays. ` +
    `To be billed by the key, set [agents.${agent}] auth = "api_key" in Baton's config.`;
  hub.log.append(task.id, [{ type: "warning", data: { message } }]);
}

/** Says with the first task of an agent that a key pays for that it does; null when there is nothing to say. */
export function keyNotice(
  hub: HubState,
  { agent }: NewTask,
  events: readonly TaskEventBody[],
): TaskEventBody | null {
  const isBilled = events.some(({ type, data }) => type === "usage" && data.billed_to === "api_key");
  if (!isBilled || !hub.store.spending.isFirst(`api_key:${agent}`, new Date().toISOString())) return null;
  const message =
    `${agent} is billed by an API key, not by a subscription. ` +
    `\`baton usage\` shows what it costs; [agents.${agent}] auth = "subscription" keeps keys of the environment from it.`;
  return { type: "warning", data: { message } };
}
