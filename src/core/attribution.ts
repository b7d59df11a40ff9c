import type { Origin } from "../contracts/origin.ts";
import type { Access } from "../contracts/task.ts";
import { leastAccess } from "./lineage.ts";

/** A task that runs now. */
export interface RunningTask {
  readonly task: string;
  readonly depth: number;
  /** The agent's own id of the conversation that it runs in. */
  readonly nativeId: string | null;
  readonly root: string;
  readonly access: Access;
}

/** What the hub knows of what runs in it. */
export interface Knowledge {
  /** The tasks that run in conversations with these ids of the agents' own. */
  runningIn(nativeIds: readonly string[]): readonly RunningTask[];
  /** The tasks that run in conversations held by this process; null when it is no process of the hub. */
  heldBy(process: Origin["ancestors"][number]): readonly RunningTask[] | null;
}

/** Whose request it is. */
export type Attribution =
  /** A person at a shell. */
  | { readonly kind: "person"; readonly root: string }
  /** An agent's session that Baton has not started; `access` is how far its own sandbox reaches, where it says so. */
  | {
      readonly kind: "agent";
      readonly root: string;
      readonly agent: string | null;
      readonly access: Access | null;
    }
  /** A task of ours. */
  | { readonly kind: "delegate"; readonly task: string }
  /** A process of an agent of ours in which no task runs (any more), or several and nothing says which one it is. */
  | { readonly kind: "stray" };

/**
 * Finds out whose request it is, by what no model can write into a call. A process of ours around the front end says
 * most; where it holds several conversations the ids that were found say which, and without any the deepest counts, if
 * it has no more rights than the others: what hides where it comes from must gain nothing by it.
 */
export function attribute(origin: Origin, knowledge: Knowledge): Attribution {
  const { client, ancestors, marks } = origin;
  const ids = [...client.sessions, ...marks];
  for (const process of ancestors) {
    const held = knowledge.heldBy(process);
    if (held === null) continue;
    const named = held.filter(({ nativeId }) => nativeId !== null && ids.includes(nativeId));
    const task = deepest(named) ?? unnamed(held);
    return task === null ? { kind: "stray" } : { kind: "delegate", task: task.task };
  }
  const task = deepest(knowledge.runningIn(ids));
  return task === null ? rootOf(origin) : { kind: "delegate", task: task.task };
}

/** One app-server of Codex holds the conversations of several roots, and of tasks that may do more and less. */
function unnamed(held: readonly RunningTask[]): RunningTask | null {
  const found = deepest(held);
  if (found === null) return null;
  const { root, access } = found;
  const gainsNothing = held.every((one) => one.root === root && leastAccess(one.access, access) === access);
  return gainsNothing ? found : null;
}

function deepest(tasks: readonly RunningTask[]): RunningTask | null {
  return tasks.reduce<RunningTask | null>(
    (found, task) => (found === null || task.depth > found.depth ? task : found),
    null,
  );
}

function rootOf({ front_end, client, ancestors, marks, inside, bridge_depth }: Origin): Attribution {
  const isPerson = front_end === "command" && inside === null && marks.length === 0 && bridge_depth === 0;
  const [around] = ancestors;
  const place = around === undefined ? "unknown" : `${around.pid}@${around.birth}`;
  if (isPerson) return { kind: "person", root: `shell:${place}` };
  // The last one is the session that a sub-agent belongs to.
  const session = client.sessions.at(-1) ?? (front_end === "command" ? marks[0] : undefined);
  return {
    kind: "agent",
    root: session ?? `${front_end === "command" ? "shell" : "mcp"}:${place}`,
    agent: client.agent ?? inside,
    access: client.access,
  };
}
