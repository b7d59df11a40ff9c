import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answered, asked, judge, observe, startWatch } from "../../src/core/watchdog.ts";

const limits = { wallMs: 1_000, idleMs: 100 };
const started = {
  type: "tool.started",
  data: { id: "1", kind: "command", name: "sh", summary: "" },
} as const;
const finished = { type: "tool.finished", data: { id: "1", outcome: "ok", summary: "" } } as const;

describe("the watchdog", () => {
  it("ends a task that is silent for too long", () => {
    const watch = startWatch(0);
    expect(judge(watch, limits, 99)).toEqual({ kind: "wait", until: 100 });
    expect(judge(watch, limits, 100)).toEqual({ kind: "over", limit: "idle" });
  });

  it("begins to count anew with each event", () => {
    const watch = observe(startWatch(0), { type: "message.delta", data: { text: "a" } }, 90);
    expect(judge(watch, limits, 150)).toEqual({ kind: "wait", until: 190 });
  });

  it("does not count silence while a tool is open", () => {
    const open = observe(startWatch(0), started, 10);
    expect(judge(open, limits, 900)).toEqual({ kind: "wait", until: 1_000 });
    expect(judge(observe(open, finished, 900), limits, 950)).toEqual({ kind: "wait", until: 1_000 });
  });

  it("ends a task at its wall limit whatever it is doing", () => {
    expect(judge(observe(startWatch(0), started, 10), limits, 1_000)).toEqual({
      kind: "over",
      limit: "wall",
    });
  });

  it("does not count silence while anything is open, whatever the order, and counts anew afterwards", () => {
    const step = fc.record({
      kind: fc.constantFrom("tool", "no tool", "asked", "answered", "word"),
      id: fc.constantFrom("1", "2"),
      after: fc.integer({ min: 1, max: 150 }),
    });
    const wide = { wallMs: 1_000_000, idleMs: 100 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const tools = new Set<string>();
        let requests = 0;
        let now = 0;
        let watch = startWatch(now);
        for (const { kind, id, after } of steps) {
          now += after;
          if (kind === "tool") watch = observe(watch, { ...started, data: { ...started.data, id } }, now);
          if (kind === "no tool")
            watch = observe(watch, { ...finished, data: { ...finished.data, id } }, now);
          if (kind === "word") watch = observe(watch, { type: "message", data: { text: "" } }, now);
          if (kind === "asked") watch = asked(watch);
          if (kind === "answered") watch = answered(watch, now);
          if (kind === "tool") tools.add(id);
          if (kind === "no tool") tools.delete(id);
          if (kind === "asked") requests += 1;
          if (kind === "answered") requests = Math.max(0, requests - 1);
          const isHeld = tools.size + requests > 0;
          expect(judge(watch, wide, now + 100)).toEqual(
            isHeld ? { kind: "wait", until: wide.wallMs } : { kind: "over", limit: "idle" },
          );
        }
      }),
    );
  });
});
