import { isDeepStrictEqual } from "node:util";
import type { TaskEventBody } from "../contracts/event.ts";
import type { NewTask } from "../store/tasks.ts";
import type { ChangeLook } from "./changes/watch.ts";
import type { RunRequest } from "./run.ts";
import type { HubState } from "./state.ts";
import type { Variables } from "./worktrees/checkout.ts";

/** What is done around a task's turn: its worktree before, what has become of the files after. */
export interface Surroundings extends Pick<RunRequest, "prepare" | "look" | "conclude"> {
  /** To be called when the run is over. Never rejects. */
  leave(): Promise<void>;
}

export function surroundingsOf(hub: HubState, task: NewTask, env: Variables): Surroundings {
  const { id, cwd, access, worktree } = task;
  let looking: ChangeLook | null = null;
  return {
    prepare: async () => {
      if (worktree !== null) await hub.worktrees.prepare(env, worktree, cwd);
    },
    look: async () => {
      // What only reads changes nothing, and is not to wait for git.
      if (access !== "read") looking = await hub.changes.begin({ env, cwd });
    },
    conclude: async () => {
      const claims = hub.store.tasks.byId(id)?.changes ?? [];
      const happened = await looking?.end(claims);
      if (happened === undefined) return [];
      const { changes, warning } = happened;
      const events: TaskEventBody[] = [];
      if (!isDeepStrictEqual(changes, claims))
        events.push({ type: "changes", data: { items: [...changes] } });
      if (warning !== null) events.push({ type: "warning", data: { message: warning } });
      return events;
    },
    leave: async () => {
      looking?.release();
      if (worktree !== null) await hub.worktrees.settle(env, worktree);
    },
  };
}
