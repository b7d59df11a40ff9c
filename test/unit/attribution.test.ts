import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Origin } from "../../src/contracts/origin.ts";
import type { Access } from "../../src/contracts/task.ts";
import { attribute, type Knowledge, type RunningTask } from "../../src/core/attribution.ts";

/** A process of ours and the tasks that run in its conversations. */
interface Held {
  readonly pid: number;
  readonly tasks: readonly RunningTask[];
}

const ROOTS = ["r1", "r2"] as const;
const IDS = ["n1", "n2", "n3", "n4", "foreign"] as const;
const ACCESS: readonly Access[] = ["read", "write", "full"];

const processOf = (pid: number) => ({ pid, birth: `born-${pid}` });
const knowledgeOf = (ours: readonly Held[]): Knowledge => ({
  heldBy: ({ pid, birth }) => ours.find((one) => one.pid === pid && birth === `born-${pid}`)?.tasks ?? null,
  runningIn: (ids) =>
    ours.flatMap(({ tasks }) => tasks).filter(({ nativeId }) => nativeId !== null && ids.includes(nativeId)),
});

const drafts = fc.array(
  fc.record({
    depth: fc.integer({ min: 1, max: 5 }),
    nativeId: fc.constantFrom(null, ...IDS.slice(0, 4)),
    root: fc.constantFrom(...ROOTS),
    access: fc.constantFrom(...ACCESS),
  }),
  { maxLength: 4 },
);
const machines: fc.Arbitrary<readonly Held[]> = fc.array(drafts, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map((tasks, pid) => ({
    pid: pid + 1,
    tasks: tasks.map((task, index) => ({ task: `t_${pid}.${index}`, ...task })),
  })),
);
const origins: fc.Arbitrary<Origin> = fc.record({
  front_end: fc.constantFrom("command", "server"),
  client: fc.record({
    agent: fc.constantFrom(null, "codex", "claude"),
    sessions: fc.subarray([...IDS]),
    access: fc.constantFrom(null, ...ACCESS),
  }),
  // 1 to 3 may be ours, the rest never is; a process with our number and another birth is not ours either.
  ancestors: fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 6 }).map(processOf),
      fc.integer({ min: 1, max: 3 }).map((pid) => ({ pid, birth: "later" })),
    ),
    { maxLength: 5 },
  ),
  marks: fc.subarray([...IDS]),
  inside: fc.constantFrom(null, "codex", "claude"),
  bridge_depth: fc.nat(4),
});

const isInside = (origin: Origin, ours: readonly Held[]) =>
  origin.ancestors.some((one) => knowledgeOf(ours).heldBy(one) !== null);
const allOf = (ours: readonly Held[]) => ours.flatMap(({ tasks }) => tasks);
const found = (origin: Origin, ours: readonly Held[]) => {
  const attribution = attribute(origin, knowledgeOf(ours));
  const task =
    attribution.kind === "delegate" ? allOf(ours).find((one) => one.task === attribution.task) : undefined;
  return { attribution, task };
};
const bare = (origin: Origin): Origin => ({
  ...origin,
  client: { agent: null, sessions: [], access: null },
  marks: [],
  inside: null,
  bridge_depth: 0,
});

describe("whose request it is", () => {
  it("is never a person's or a root's inside a process of ours", () => {
    fc.assert(
      fc.property(machines, origins, (ours, origin) => {
        fc.pre(isInside(origin, ours));
        expect(["delegate", "stray"]).toContain(found(origin, ours).attribution.kind);
        expect(["delegate", "stray"]).toContain(found(bare(origin), ours).attribution.kind);
      }),
    );
  });

  it("is that of a task in the nearest process of ours, whatever ids are named", () => {
    fc.assert(
      fc.property(machines, origins, (ours, origin) => {
        fc.pre(isInside(origin, ours));
        const nearest = origin.ancestors
          .map((one) => knowledgeOf(ours).heldBy(one))
          .find((one) => one !== null);
        const { attribution, task } = found(origin, ours);
        if (attribution.kind === "stray") return;
        expect(nearest).toContain(task);
      }),
    );
  });

  it("is the deepest one's where several fit", () => {
    fc.assert(
      fc.property(machines, origins, (ours, origin) => {
        const ids = new Set<string | null>([...origin.client.sessions, ...origin.marks]);
        const isNamed = ({ nativeId }: RunningTask) => ids.has(nativeId);
        const { task } = found(origin, ours);
        if (task === undefined) return;
        const holder = ours.find(({ tasks }) => tasks.includes(task));
        const fitting = (isInside(origin, ours) ? (holder?.tasks ?? []) : allOf(ours)).filter(isNamed);
        if (fitting.length === 0) return;
        expect(task.depth).toBe(Math.max(...fitting.map(({ depth }) => depth)));
      }),
    );
  });

  it("gains nothing by hiding: no shallower task, no more access, no other root", () => {
    fc.assert(
      fc.property(machines, origins, (ours, origin) => {
        fc.pre(isInside(origin, ours));
        const named = found(origin, ours).task;
        const hidden = found(bare(origin), ours).task;
        if (named === undefined || hidden === undefined) return;
        expect(hidden.depth).toBeGreaterThanOrEqual(named.depth);
        expect(hidden.root).toBe(named.root);
        expect(ACCESS.indexOf(hidden.access)).toBeLessThanOrEqual(ACCESS.indexOf(named.access));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is known without any mark where one process holds the tasks of one line", () => {
    const line: readonly RunningTask[] = [
      { task: "t_1", depth: 1, nativeId: "n1", root: "r1", access: "write" },
      { task: "t_2", depth: 2, nativeId: "n2", root: "r1", access: "read" },
    ];
    const inside: Origin = { ...bare(person), ancestors: [processOf(9), processOf(1)] };
    const ours = [{ pid: 1, tasks: line }];
    expect(attribute(inside, knowledgeOf(ours))).toEqual({ kind: "delegate", task: "t_2" });
    expect(attribute({ ...inside, marks: ["n1"] }, knowledgeOf(ours))).toEqual({
      kind: "delegate",
      task: "t_1",
    });
  });

  it("is a person's only where nothing speaks against it", () => {
    fc.assert(
      fc.property(machines, origins, (ours, origin) => {
        if (found(origin, ours).attribution.kind !== "person") return;
        expect(origin).toMatchObject({ front_end: "command", inside: null, marks: [], bridge_depth: 0 });
        expect(isInside(origin, ours)).toBe(false);
      }),
    );
    const ours: readonly Held[] = [{ pid: 1, tasks: [] }];
    expect(attribute(person, knowledgeOf(ours))).toEqual({ kind: "person", root: "shell:9@born-9" });
    for (const against of [
      { front_end: "server" as const },
      { inside: "claude" },
      { marks: ["foreign"] },
      { bridge_depth: 1 },
      { ancestors: [processOf(9), processOf(1)] },
    ])
      expect(attribute({ ...person, ...against }, knowledgeOf(ours)).kind).not.toBe("person");
  });

  it("of an agent's session is named by the session that a sub-agent belongs to, else by the process around", () => {
    const server: Origin = {
      ...person,
      front_end: "server",
      client: { agent: "codex", sessions: ["sub", "parent", "session"], access: "read" },
    };
    const none = knowledgeOf([]);
    expect(attribute(server, none)).toEqual({
      kind: "agent",
      root: "session",
      agent: "codex",
      access: "read",
    });
    const other = { ...server, client: { agent: null, sessions: [], access: null } };
    expect(attribute(other, none)).toMatchObject({ kind: "agent", root: "mcp:9@born-9" });
    expect(attribute({ ...person, inside: "claude", marks: ["own", "outer"] }, none)).toMatchObject({
      kind: "agent",
      root: "own",
      agent: "claude",
    });
  });
});

const person: Origin = {
  front_end: "command",
  client: { agent: null, sessions: [], access: null },
  ancestors: [processOf(9)],
  marks: [],
  inside: null,
  bridge_depth: 0,
};
