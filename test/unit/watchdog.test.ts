import { describe, expect, it } from "vitest";
import { judge, observe, startWatch } from "../../src/core/watchdog.ts";

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
});
