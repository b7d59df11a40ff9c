import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Usage } from "../../src/contracts/task.ts";
import { cancelTask } from "../../src/hub/cancel.ts";
import { createCallers } from "../../src/hub/callers.ts";
import type { HubState } from "../../src/hub/state.ts";
import { spine } from "../../src/store/migrations/001-spine.ts";
import { retention } from "../../src/store/migrations/002-retention.ts";
import { openStore, type Store } from "../../src/store/store.ts";

const AT = "2026-06-30T10:00:00.000Z";

let folder = "";
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "baton-lineage-"));
  store = openStore(path.join(folder, "baton.db"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

interface Made {
  readonly id: string;
  readonly session: string;
  readonly root: string;
  readonly parent: string | null;
  readonly depth: number;
}

function addSession(id: string): void {
  const session = { id, name: null, agent: "codex", native_id: `native-${id}`, title: null, places: {} };
  store.sessions.insert({ ...session, cwd: "/x", scope: "/x", created_at: AT, updated_at: AT }, "here");
}

function addTask({ id, session, root, parent, depth }: Made): void {
  if (store.sessions.byId(session) === null) addSession(session);
  const asked = { key: id, session, agent: "codex", title: "", prompt: `prompt of ${id}`, model: null };
  const place = { root, parent, depth, asker: null, access: "read", cwd: "/x", worktree: null } as const;
  store.tasks.insert({
    id,
    ...asked,
    ...place,
    effort: null,
    attachments: [],
    wall_ms: 1,
    idle_ms: 1,
    created_at: AT,
  });
}

function end(id: string): void {
  const task = store.tasks.byId(id);
  if (task !== null) store.tasks.mirror({ ...task, status: "completed", ended_at: AT });
}

/** A tree in which each task hangs below the root or an earlier one. */
const trees = fc
  .array(fc.record({ above: fc.nat(), session: fc.nat(4) }), { minLength: 1, maxLength: 20 })
  .map((drafts) => {
    const made: Made[] = [];
    for (const [index, { above, session }] of drafts.entries()) {
      const parent = made[above % (made.length + 1)];
      made.push({
        id: `t_${index}`,
        session: `s_${session}`,
        root: parent?.root ?? `r_${index}`,
        parent: parent?.id ?? null,
        depth: (parent?.depth ?? 0) + 1,
      });
    }
    return made;
  });

function lineOf(tasks: readonly Made[], id: string): readonly Made[] {
  const task = tasks.find((one) => one.id === id);
  if (task === undefined) return [];
  return task.parent === null ? [task] : [...lineOf(tasks, task.parent), task];
}
const belowOf = (tasks: readonly Made[], id: string) =>
  tasks.filter((one) => one.id !== id && lineOf(tasks, one.id).some((above) => above.id === id));
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

function fresh(tasks: readonly Made[]): void {
  store.close();
  store = openStore(path.join(mkdtempSync(path.join(folder, "tree-")), "baton.db"));
  store.transaction(() => tasks.forEach(addTask));
}

describe("the lineage of tasks", () => {
  it("is told as the tree has it, above and below", () => {
    fc.assert(
      fc.property(trees, (tasks) => {
        fresh(tasks);
        for (const { id } of tasks) {
          const line = idsOf(lineOf(tasks, id));
          const below = belowOf(tasks, id);
          expect(idsOf(store.lineage.chain(id))).toEqual(line);
          expect(idsOf(store.lineage.ancestors(id))).toEqual(line.slice(0, -1));
          expect(idsOf(store.lineage.descendants(id))).toEqual(idsOf(below));
          expect(store.lineage.countBelow(id)).toBe(below.length);
          const around = [...lineOf(tasks, id), ...below].map(({ session }) => session);
          expect(new Set(store.lineage.sessionsAround(id))).toEqual(new Set(around));
        }
      }),
      { numRuns: 25 },
    );
  });

  it("names with each task what the rules look at", () => {
    fresh([{ id: "t_1", session: "s_1", root: "r", parent: null, depth: 1 }]);
    expect(store.lineage.chain("t_1")).toEqual([
      {
        id: "t_1",
        agent: "codex",
        session: "s_1",
        nativeId: "native-s_1",
        prompt: "prompt of t_1",
        access: "read",
        depth: 1,
      },
    ]);
    expect(store.lineage.isOfRoot("s_1", "r")).toBe(true);
    expect(store.lineage.isOfRoot("s_1", "r2")).toBe(false);
  });

  it("is empty for a task that is not there", () => {
    expect(store.lineage.chain("t_none")).toEqual([]);
    expect(store.lineage.countBelow("t_none")).toBe(0);
  });
});

describe("cancelling a task", () => {
  it("ends what is below it and not final, also below what is final, and nothing else", () => {
    fc.assert(
      fc.property(trees, fc.array(fc.nat(), { maxLength: 10 }), fc.nat(), (tasks, ended, pick) => {
        fresh(tasks);
        const final = new Set(ended.map((index) => `t_${index % tasks.length}`));
        final.forEach(end);
        const target = tasks[pick % tasks.length]?.id ?? "";
        const cancelled: string[] = [];
        const hub = {
          store,
          callers: createCallers(),
          dispatcher: { cancel: (id: string) => (cancelled.push(id), "told") },
        } as unknown as HubState;
        cancelTask(hub, target);
        const expected = idsOf(belowOf(tasks, target)).filter((id) => !final.has(id));
        expect(new Set(cancelled)).toEqual(new Set([target, ...expected]));
        expect(cancelled.length).toBe(expected.length + 1);
      }),
      { numRuns: 50 },
    );
  });
});

const usage = (cost_usd: number | null, more: Partial<Usage> = {}): Usage => ({
  input_tokens: 100,
  cached_input_tokens: 10,
  output_tokens: 5,
  cost_usd,
  billed_to: "api_key",
  ...more,
});
const spender = (id: string, more: Partial<Record<"session" | "root" | "agent", string>> = {}) => ({
  id,
  session: "s_1",
  root: "r",
  agent: "codex",
  ...more,
});

describe("what tasks have used", () => {
  it("is counted once for each task, at its last word", () => {
    store.spending.record(spender("t_1"), AT, usage(0.25));
    store.spending.record(spender("t_1"), AT, usage(0.5));
    store.spending.record(spender("t_2"), AT, usage(null));
    store.spending.record(spender("t_3", { root: "other" }), AT, usage(4));
    expect(store.spending.costOf("r")).toBe(0.5);
    expect(store.spending.costOf("nobody")).toBe(0);
  });

  it("stays when the tasks are forgotten", () => {
    addTask({ id: "t_1", session: "s_1", root: "r", parent: null, depth: 1 });
    addTask({ id: "t_2", session: "s_2", root: "r", parent: "t_1", depth: 2 });
    for (const id of ["t_1", "t_2"]) store.spending.record(spender(id), AT, usage(0.5));
    end("t_1");
    store.transaction(() =>
      store.forgotten.forget({ session: "s_1", agent: "codex", native_id: null, reason: "asked", at: AT }),
    );
    expect(store.tasks.byId("t_1")).toBeNull();
    expect(store.spending.costOf("r")).toBe(1);
    expect(store.spending.report("root", null)).toMatchObject([{ key: "r", tasks: 2, cost_usd: 1 }]);
  });

  it("adds up by task, session, root, agent and day, to the same sum each time", () => {
    const row = fc.record({
      session: fc.constantFrom("s_1", "s_2", "s_3"),
      root: fc.constantFrom("r_1", "r_2"),
      agent: fc.constantFrom("claude", "codex"),
      day: fc.integer({ min: 1, max: 4 }),
      cost: fc.option(fc.nat(64).map((part) => part / 64)),
      billed_to: fc.constantFrom("subscription", "api_key", "unknown"),
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (rows, since) => {
          fresh([]);
          for (const [index, { cost, billed_to, day, ...more }] of rows.entries())
            store.spending.record(
              spender(`t_${index}`, more),
              `2026-06-0${day}T10:00:00.000Z`,
              usage(cost, { billed_to }),
            );
          const counted = rows.filter(({ day }) => day >= since);
          const sum = counted.reduce((all, { cost }) => all + (cost ?? 0), 0);
          for (const group of ["task", "session", "root", "agent", "day"] as const) {
            const report = store.spending.report(group, `2026-06-0${since}`);
            expect(report.reduce((all, { cost_usd }) => all + (cost_usd ?? 0), 0)).toBe(sum);
            expect(report.reduce((all, { tasks }) => all + tasks, 0)).toBe(counted.length);
            const billed = report.flatMap(({ billed_to: to }) => Object.values(to));
            expect(billed.reduce((all, tasks) => all + tasks, 0)).toBe(counted.length);
          }
          const byAgent = store.spending.report("agent", null);
          for (const { key, agent, cost_usd } of byAgent) {
            expect(agent).toBe(key);
            const known = rows.some((one) => one.agent === key && one.cost !== null);
            expect(cost_usd !== null).toBe(known);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("a database of version 2", () => {
  it("keeps its tasks, their order and the order of its sessions, and knows what was spent", () => {
    const file = path.join(folder, "older.db");
    const older = new DatabaseSync(file);
    older.exec(`${spine} ${retention} pragma user_version = 2`);
    const session = older.prepare(
      `insert into sessions (id, agent, cwd, scope, places, home_machine, created_at, updated_at, used)
       values (?, 'codex', '/x', '/x', '{}', 'here', '${AT}', '${AT}', ?)`,
    );
    for (const [index, id] of ["s_c", "s_a", "s_b"].entries()) session.run(id, index + 1);
    const task = older.prepare(
      `insert into tasks (id, key, session, agent, status, title, prompt, usage, root, parent, depth, access, cwd,
         wall_ms, idle_ms, created_at, ended_at)
       values (?, ?, ?, 'codex', 'completed', 'title', 'prompt', ?, 'shell:1', null, 1, 'read', '/x', 1, 1, '${AT}', ?)`,
    );
    task.run("t_z", "k1", "s_a", JSON.stringify(usage(0.5)), AT);
    task.run("t_y", "k2", "s_b", null, AT);
    task.run("t_x", "k3", "s_c", JSON.stringify(usage(null, { billed_to: "unknown" })), null);
    older.close();

    store.close();
    store = openStore(file);
    const listed = { limit: 10, after: null, unfinished: false, root: null, ids: null };
    expect(idsOf(store.tasks.list(listed))).toEqual(["t_x", "t_y", "t_z"]);
    expect(store.tasks.byId("t_z")).toMatchObject({
      key: "k1",
      usage: usage(0.5),
      root: "shell:1",
      parent: null,
      asker: null,
      ended_at: AT,
    });
    const sessions = store.sessions.list({
      agent: null,
      scope: null,
      query: null,
      ids: null,
      after: null,
      limit: 9,
    });
    expect(idsOf(sessions)).toEqual(["s_b", "s_a", "s_c"]);
    expect(store.spending.costOf("shell:1")).toBe(0.5);
    expect(
      store.spending
        .report("task", null)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(["t_x", "t_z"]);
    addTask({ id: "t_w", session: "s_a", root: "r", parent: "t_z", depth: 2 });
    expect(idsOf(store.tasks.list(listed))[0]).toBe("t_w");
    expect(idsOf(store.lineage.chain("t_w"))).toEqual(["t_z", "t_w"]);
  });
});
