import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain, schedule, type Load, type Schedulable } from "../../src/core/schedule.ts";

const places = { max_running: 3, max_running_per_agent: 2 };
const task = (id: string, more: Partial<Schedulable> = {}): Schedulable => ({
  id,
  agent: "codex",
  session: id,
  root: "shell",
  holdsPlace: true,
  awaitedBy: [],
  ...more,
});
const claude = { agent: "claude" };
const load = (queued: readonly Schedulable[], more: Partial<Load> = {}): Load => ({
  queued,
  running: [],
  places,
  rotation: [],
  ...more,
});
/** What waits once what can start has started. */
function waitingAfter(before: Load): ReturnType<typeof explain> {
  const { start, rotation } = schedule(before);
  const isStarted = ({ id }: Schedulable) => start.includes(id);
  const running = [...before.running, ...before.queued.filter(isStarted)];
  const queued = before.queued.filter((one) => !isStarted(one));
  return explain({ ...before, queued, running, rotation });
}

describe("the scheduler", () => {
  it("starts the oldest first, as many as there are places for", () => {
    const queued = [task("a"), task("b", claude), task("c"), task("d", claude)];
    expect(schedule(load(queued)).start).toEqual(["a", "b", "c"]);
    expect(waitingAfter(load(queued)).get("d")).toEqual({
      position: 1,
      reason: "3 tasks are running ([limits] max_running = 3)",
    });
  });

  it("lets no agent have more than its share, and passes over what cannot start", () => {
    const queued = [task("a"), task("b"), task("c"), task("d", claude)];
    expect(schedule(load(queued)).start).toEqual(["a", "b", "d"]);
    const waiting = waitingAfter(load(queued, { places: { ...places, max_running: 9 } }));
    expect(waiting.get("c")?.reason).toBe(
      "2 tasks of codex are running ([limits] max_running_per_agent = 2)",
    );
  });

  it("runs one task at a time in a session, in the order they were asked for, whoever asks", () => {
    const [a, b, c] = [
      task("a", { session: "s" }),
      task("b", { session: "s" }),
      task("c", { session: "s", root: "other" }),
    ];
    expect(schedule(load([b, c], { running: [a] })).start).toEqual([]);
    expect(schedule(load([b, c], { rotation: ["other", "shell"] })).start).toEqual(["b"]);
    const waiting = explain(load([b, c], { running: [a] }));
    expect(waiting.get("b")?.reason).toBe("session s is busy with the earlier task a");
    expect(waiting.get("c")?.reason).toBe("session s is busy with the earlier task b");
  });

  it("takes turns between roots, so that one with a hundred tasks does not hold up one with a single task", () => {
    const many = Array.from({ length: 100 }, (_, index) => task(`many${index}`, { root: "many" }));
    const single = task("single", { root: "single" });
    const one = { max_running: 1, max_running_per_agent: 1 };
    const first = schedule(load([...many, single], { places: one }));
    expect(first.start).toEqual(["many0"]);
    const rest = [...many.slice(1), single];
    expect(schedule(load(rest, { places: one, rotation: first.rotation })).start).toEqual(["single"]);
    const waiting = explain(load(rest, { places: one, running: many.slice(0, 1), rotation: first.rotation }));
    expect([waiting.get("single"), waiting.get("many1"), waiting.get("many99")]).toMatchObject([
      { position: 1 },
      { position: 2 },
      { position: 100 },
    ]);
  });

  it("gives the place of a task that waits for its own child to others", () => {
    const one = { max_running: 1, max_running_per_agent: 1 };
    const child = task("child", { awaitedBy: ["parent"] });
    expect(schedule(load([child], { running: [task("parent")], places: one })).start).toEqual(["child"]);
    const both = [task("parent"), child];
    expect(schedule(load([task("next")], { running: both, places: one })).start).toEqual([]);
  });

  it("starts at once what holds no place, one at a time in its session, and counts it nowhere", () => {
    const panel = (id: string, session = id) => task(id, { agent: "panel", session, holdsPlace: false });
    const full = [task("a"), task("b", claude), task("c")];
    const queued = [task("d"), panel("p"), panel("q", "p"), panel("r")];
    expect(schedule(load(queued, { running: full })).start).toEqual(["p", "r"]);
    const waiting = explain(load([panel("q", "p")], { running: [panel("p")] }));
    expect(waiting.get("q")?.reason).toBe("session p is busy with the earlier task p");
    const around = [panel("p"), panel("r"), panel("s"), task("a")];
    expect(schedule(load([task("b", claude), task("c")], { running: around })).start).toEqual(["b", "c"]);
  });

  it("plans ten thousand tasks at once", () => {
    const queued = Array.from({ length: 10_000 }, (_, index) =>
      task(String(index), { root: String(index % 500), session: String(index % 2_000) }),
    );
    const began = performance.now();
    for (let round = 0; round < 10; round += 1) waitingAfter(load(queued));
    expect((performance.now() - began) / 10).toBeLessThan(500);
  });
});

const drafts = fc.array(
  fc.record({
    agent: fc.constantFrom("claude", "codex"),
    session: fc.constantFrom("s", "t", "u", "v", "w"),
    root: fc.constantFrom("r1", "r2", "r3"),
  }),
  { minLength: 1, maxLength: 30 },
);
const limits = fc.record({
  max_running: fc.integer({ min: 1, max: 6 }),
  max_running_per_agent: fc.integer({ min: 1, max: 4 }),
});

describe("whatever is asked, the scheduler", () => {
  it("keeps every limit, starts something when all is free and numbers what waits without gaps", () => {
    fc.assert(
      fc.property(drafts, limits, (made, allowed) => {
        const queued = made.map((draft, index) => task(String(index), draft));
        const { start } = schedule(load(queued, { places: allowed }));
        const started = queued.filter(({ id }) => start.includes(id));
        expect(started.length).toBeLessThanOrEqual(allowed.max_running);
        for (const agent of ["claude", "codex"]) {
          const same = started.filter((one) => one.agent === agent);
          expect(same.length).toBeLessThanOrEqual(allowed.max_running_per_agent);
        }
        expect(new Set(started.map(({ session }) => session)).size).toBe(started.length);
        expect(start.length).toBeGreaterThan(0);
        const positions = [...waitingAfter(load(queued, { places: allowed })).values()];
        expect(positions.map(({ position }) => position)).toEqual(
          Array.from({ length: queued.length - start.length }, (_, index) => index + 1),
        );
      }),
    );
  });

  it("starves nobody: before a root's task starts, no other root gets two places", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 0, max: 5 }),
        (sizes, late) => {
          const one = { max_running: 1, max_running_per_agent: 1 };
          let queued = sizes.flatMap((size, root) =>
            Array.from({ length: size }, (_, index) => task(`${root}.${index}`, { root: String(root) })),
          );
          let rotation: readonly string[] = [];
          const order: string[] = [];
          for (let turn = 0; queued.length > 0; turn += 1) {
            const decision = schedule(load(queued, { places: one, rotation }));
            ({ rotation } = decision);
            order.push(...decision.start);
            queued = queued.filter(({ id }) => !decision.start.includes(id));
            // A newcomer for each of the first turns must not push back those who are there.
            if (turn < late) queued.push(task(`late${turn}`, { root: `late${turn}` }));
          }
          for (const root of sizes.keys()) {
            const first = order.indexOf(`${root}.0`);
            const before = order.slice(0, first).map((id) => id.split(".")[0]);
            expect(new Set(before).size).toBe(before.length);
          }
        },
      ),
    );
  });

  it("lets every tree of tasks end as long as its leaves do, however deep and narrow the places are", () => {
    const tree: fc.Memo<Tree> = fc.memo((depth) =>
      depth <= 1 ? fc.constant<Tree[]>([]) : fc.array(tree(depth - 1), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(tree(5), { minLength: 1, maxLength: 4 }),
        limits,
        fc.nat(),
        (trees, allowed, seed) => {
          expect(simulate(trees, allowed, seed)).toBe("all have ended");
        },
      ),
    );
  });

  it("lets every panel end, however many there are and narrow the places are, and starves none", () => {
    const panels = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(panels, limits, fc.boolean(), (sizes, allowed, isOneRoot) => {
        const rootOf = (index: number) => (isOneRoot ? "r" : `r${index}`);
        const parents = sizes.map((_, index) =>
          task(`p${index}`, { agent: "panel", root: rootOf(index), holdsPlace: false }),
        );
        expect(schedule(load(parents, { places: allowed })).start).toHaveLength(sizes.length);
        let queued = sizes.flatMap((size, index) =>
          Array.from({ length: size }, (_, seat) =>
            task(`${index}.${seat}`, {
              agent: seat % 2 === 0 ? "codex" : "claude",
              root: rootOf(index),
              awaitedBy: [`p${index}`],
            }),
          ),
        );
        let rotation: readonly string[] = [];
        for (let round = 0; queued.length > 0; round += 1) {
          // Each round ends with all that it has started: as many as the limits let in.
          const decision = schedule(load(queued, { running: parents, places: allowed, rotation }));
          ({ rotation } = decision);
          expect(decision.start.length).toBeGreaterThan(0);
          expect(decision.start.length).toBeLessThanOrEqual(allowed.max_running);
          queued = queued.filter(({ id }) => !decision.start.includes(id));
          // Nobody is passed over: no panel has more before each has had something, as far as an agent has places.
          const untouched = sizes.filter(
            (size, index) => queued.filter(({ id }) => id.startsWith(`${index}.`)).length === size,
          );
          const served = (round + 1) * Math.min(allowed.max_running, allowed.max_running_per_agent);
          expect(isOneRoot || served < sizes.length ? [] : untouched).toEqual([]);
        }
      }),
    );
  });
});

type Tree = readonly Tree[];

interface Node extends Schedulable {
  readonly children: Tree;
  asked: number;
}

/** Runs trees of tasks: each asks its children one after the other, waits for each, and ends after the last. */
function simulate(trees: readonly Tree[], allowed: Load["places"], seed: number): string {
  let random = seed;
  let made = 0;
  const nodeOf = (children: Tree, root: string, awaitedBy: readonly string[]): Node => {
    const id = String((made += 1));
    const agent = made % 2 === 0 ? "codex" : "claude";
    return { ...task(id, { agent, root, awaitedBy }), children, asked: 0 };
  };
  let queued = trees.map((children, index) => nodeOf(children, `root${index}`, []));
  let running: Node[] = [];
  let rotation: readonly string[] = [];
  while (queued.length + running.length > 0) {
    const decision = schedule({ queued, running, places: allowed, rotation });
    ({ rotation } = decision);
    running.push(...queued.filter(({ id }) => decision.start.includes(id)));
    queued = queued.filter(({ id }) => !decision.start.includes(id));
    const unfinished = [...queued, ...running];
    const free = running.filter(({ id }) => !unfinished.some(({ awaitedBy }) => awaitedBy.includes(id)));
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    const next = free[random % free.length];
    if (next === undefined) return `stuck with ${queued.length} queued and ${running.length} running`;
    const child = next.children[next.asked];
    next.asked += 1;
    if (child === undefined) running = running.filter((one) => one !== next);
    else queued.push(nodeOf(child, next.root, [next.id]));
  }
  return "all have ended";
}
