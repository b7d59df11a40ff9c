import type { HubClient } from "../../client/client.ts";
import type { Task } from "../../contracts/task.ts";

const PAGE = 100;
/** Further back a thread counts as one that Baton does not know: it is continued, with read access. */
const PAGES = 20;

/** The newest task of a thread, by Codex's own id or that of the session. */
export async function latestTask(client: HubClient, thread: string): Promise<Task | null> {
  let after: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const { items, next }: { items: readonly Task[]; next: string | null } = await client.call("task.list", {
      limit: PAGE,
      after,
      unfinished: false,
    });
    const found = items.find(
      ({ agent, native_id, session }) => agent === "codex" && (native_id === thread || session === thread),
    );
    if (found !== undefined) return found;
    if (next === null) return null;
    after = next;
  }
  return null;
}
