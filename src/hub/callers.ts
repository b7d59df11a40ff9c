import type { Caller } from "../contracts/rpc.ts";

export type Callers = ReturnType<typeof createCallers>;

/**
 * Whose environment and config hold for the tasks that are not final: what such a task asks for runs with them too, since
 * an agent's own environment has only its own part. In memory alone: there are keys in it.
 */
export function createCallers() {
  const byTask = new Map<string, Caller>();
  return {
    keep: (task: string, caller: Caller) => void byTask.set(task, caller),
    of: (task: string): Caller | null => byTask.get(task) ?? null,
    drop: (task: string) => void byTask.delete(task),
  };
}
