import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schedule, type Schedulable } from "../../src/core/schedule.ts";

const places = { max_running: 3, max_running_per_agent: 2 };
const task = (id: string, agent = "codex", session = id): Schedulable => ({ id, agent, session });

describe("the scheduler", () => {
  it("starts the oldest first, as many as there are places for", () => {
    const queued = [task("a"), task("b", "claude"), task("c"), task("d", "claude")];
    const { start, waiting } = schedule(queued, [], places);
    expect(start).toEqual(["a", "b", "c"]);
    expect(waiting.get("d")).toEqual({ position: 1, reason: "3 tasks are running (max_running)" });
  });

  it("lets no agent have more than its share, and passes over what cannot start", () => {
    const queued = [task("a"), task("b"), task("c"), task("d", "claude")];
    const { start, waiting } = schedule(queued, [], places);
    expect(start).toEqual(["a", "b", "d"]);
    expect(waiting.get("c")?.reason).toBe("2 tasks of codex are running (max_running_per_agent)");
  });

  it("runs one task at a time in a session, in the order they were asked for", () => {
    const queued = [task("b", "codex", "s"), task("c", "codex", "s")];
    expect(schedule(queued, [task("a", "codex", "s")], places).start).toEqual([]);
    expect(schedule(queued, [], places).start).toEqual(["b"]);
  });

  it("keeps every limit whatever is asked", () => {
    const tasks = fc.array(
      fc.record({ agent: fc.constantFrom("claude", "codex"), session: fc.constantFrom("s", "t", "u", "v") }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        tasks,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (drafts, all, each) => {
          const queued = drafts.map((draft, index) => ({ ...draft, id: String(index) }));
          const { start, waiting } = schedule(queued, [], { max_running: all, max_running_per_agent: each });
          const started = queued.filter(({ id }) => start.includes(id));
          expect(started.length).toBeLessThanOrEqual(all);
          for (const agent of ["claude", "codex"]) {
            expect(started.filter((one) => one.agent === agent).length).toBeLessThanOrEqual(each);
          }
          expect(new Set(started.map(({ session }) => session)).size).toBe(started.length);
          expect(start.length + waiting.size).toBe(queued.length);
          // Nothing waits while everything is free.
          expect(start.length).toBeGreaterThanOrEqual(Math.min(1, queued.length));
        },
      ),
    );
  });
});
