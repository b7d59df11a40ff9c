import type { Task } from "../../src/contracts/task.ts";
import { describe, expect, it } from "../support/baton.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

describe("a task that waits", () => {
  it("says at which place and for what, and starts when there is room", async ({ baton, sandbox }) => {
    const config = "[limits]\nmax_running = 2\nmax_running_per_agent = 1\n";
    await sandbox.writeUserFile("home/.config/baton/config.toml", config);
    const first = await baton.task(["ask", "codex", "--background", HELD]);
    const same = await baton.task(["ask", "codex", "--background", "--session", first.session, HELD]);
    const agent = await baton.task(["ask", "codex", "--background", HELD]);
    const other = await baton.task(["ask", "claude", "--background", HELD]);
    const last = await baton.task(["ask", "claude", "--background", HELD]);
    const { items } = (await baton.json(["tasks"])) as { items: Task[] };
    const queueOf = (id: string) => items.find((task) => task.id === id)?.queue;
    expect(queueOf(same.id)).toEqual({
      position: 1,
      reason: `session ${first.session} is busy with the earlier task ${first.id}`,
    });
    for (const [id, position] of [
      [agent.id, 2],
      [last.id, 3],
    ] as const) {
      expect(queueOf(id)).toEqual({ position, reason: "2 tasks are running ([limits] max_running = 2)" });
    }
    expect(queueOf(other.id)).toBeNull();
    sandbox.model.release("go");
    const ids = [first, same, agent, other, last].map(({ id }) => id);
    const waited = await baton.run(["wait", ...ids]);
    expect(waited.code).toBe(0);
  });
});
