import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskEventBody } from "../../src/contracts/event.ts";
import { isFinal, TASK_STATUSES } from "../../src/contracts/task.ts";
import { advance, mayBecome, type TaskProgress } from "../../src/core/progress.ts";

const queued: TaskProgress = {
  status: "queued",
  answer: null,
  error: null,
  usage: null,
  changes: [],
  warnings: [],
  started_at: null,
  ended_at: null,
};
const to = (status: TaskProgress["status"]): TaskEventBody => ({
  type: "task.status",
  data: { status, error: null },
});
const after = (...events: TaskEventBody[]) =>
  events.reduce((task, event, index) => advance(task, event, `T${index}`), queued);

describe("the progress of a task", () => {
  it("takes the last message as the answer", () => {
    const task = after(
      to("working"),
      { type: "message", data: { text: "looking" } },
      { type: "message", data: { text: "found" } },
      to("completed"),
    );
    expect(task).toMatchObject({ status: "completed", answer: "found", started_at: "T0", ended_at: "T3" });
  });

  it("keeps one entry for each file, and an addition stays one", () => {
    const task = after(
      { type: "file.changed", data: { path: "a", kind: "add" } },
      { type: "file.changed", data: { path: "b", kind: "update" } },
      { type: "file.changed", data: { path: "a", kind: "update" } },
      { type: "file.changed", data: { path: "b", kind: "delete" } },
    );
    expect(task.changes).toEqual([
      { path: "a", kind: "add" },
      { path: "b", kind: "delete" },
    ]);
  });

  it("never leaves a final status, and reaches one from anywhere else", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TASK_STATUSES), fc.constantFrom(...TASK_STATUSES), (from, next) => {
        expect(isFinal(from) && mayBecome(from, next)).toBe(false);
        expect(mayBecome(from, "failed") && mayBecome(from, "cancelled")).toBe(!isFinal(from));
      }),
    );
  });
});
