import type { TaskEvent } from "../contracts/event.ts";

/** Says which agent that a task has asked has answered, or has not; null for any other event. */
export function createMemberWatch(): (event: TaskEvent) => string | null {
  const names = new Map<string, string>();
  return (event) => {
    if (event.type === "tool.started" && event.data.kind === "agent")
      names.set(event.data.id, event.data.name);
    if (event.type !== "tool.finished") return null;
    const name = names.get(event.data.id);
    if (name === undefined) return null;
    return event.data.outcome === "ok" ? `${name} has answered` : `${name} has not answered`;
  };
}
