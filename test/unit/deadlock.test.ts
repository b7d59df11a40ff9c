import { describe, expect, it } from "vitest";

import { lockedBy, type WaitedFor, type Waits } from "../../src/core/deadlock.ts";

/** `running`: session by task; `waits`: what a task waits for, with the session of each. */
const waitsOf = (
  running: Readonly<Record<string, string>>,
  waits: Readonly<Record<string, readonly WaitedFor[]>> = {},
): Waits => ({
  runningIn: (session) => Object.keys(running).find((task) => running[task] === session) ?? null,
  awaitedBy: (task) => waits[task] ?? [],
});

describe("two lineages that want each other's sessions", () => {
  // a runs in s_a and asks for something in s_b; b runs in s_b and waits for its child, which is queued in s_a.
  const running = { a: "s_a", b: "s_b" };
  const waits = { b: [{ id: "child", session: "s_a" }] };

  it("would lock each other: the second is refused", () => {
    expect(lockedBy("s_b", ["a"], waitsOf(running, waits))).toBe("b");
  });

  it("do not while the other only works", () => {
    expect(lockedBy("s_b", ["a"], waitsOf(running))).toBeNull();
  });

  it("do not where the other waits for something elsewhere", () => {
    const elsewhere = { b: [{ id: "child", session: "s_c" }] };
    expect(lockedBy("s_b", ["a"], waitsOf({ ...running, child: "s_c" }, elsewhere))).toBeNull();
  });

  it("would also over a third one", () => {
    const three = { a: "s_a", b: "s_b", c: "s_c" };
    const chain = { b: [{ id: "x", session: "s_c" }], c: [{ id: "y", session: "s_a" }] };
    expect(lockedBy("s_b", ["root", "a"], waitsOf(three, chain))).toBe("b");
  });

  it("are looked at once, though they wait in a ring of their own", () => {
    const ring = { b: [{ id: "x", session: "s_c" }], c: [{ id: "y", session: "s_b" }] };
    expect(lockedBy("s_b", ["a"], waitsOf({ a: "s_a", b: "s_b", c: "s_c" }, ring))).toBeNull();
  });

  it("want nothing of each other where the session is free", () => {
    expect(lockedBy("s_free", ["a"], waitsOf(running, waits))).toBeNull();
  });
});
