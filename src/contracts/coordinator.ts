import { PANEL } from "./panel.ts";
import { RELAY } from "./relay.ts";

/** The names of tasks that have agents asked and do nothing themselves. */
export const COORDINATORS = [PANEL, RELAY] as const;

const NAMES: ReadonlySet<string> = new Set(COORDINATORS);

/** Whether a task of this agent asks others in the name of whoever has asked it, and does nothing itself. */
export function isCoordinator(agent: string): boolean {
  return NAMES.has(agent);
}
