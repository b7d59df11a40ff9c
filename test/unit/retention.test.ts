import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configSchema } from "../../src/contracts/config.ts";
import { forgetOld } from "../../src/hub/retention.ts";
import { spine } from "../../src/store/migrations/001-spine.ts";
import { openStore, type Store } from "../../src/store/store.ts";

const DAY = 86_400_000;
const now = new Date("2026-06-30T00:00:00.000Z");
const ago = (days: number) => new Date(now.getTime() - days * DAY).toISOString();

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "baton-retention-"));
  store = openStore(path.join(folder, "baton.db"));
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

function addSession(id: string, days: number): void {
  const used = ago(days);
  const session = { id, name: null, agent: "codex", native_id: `native-${id}`, title: null, places: {} };
  store.transaction(() => {
    store.sessions.insert({ ...session, cwd: "/x", scope: "/x", created_at: used, updated_at: used }, "here");
  });
}

function addTask(id: string, session: string): void {
  const asked = {
    key: id,
    session,
    agent: "codex",
    title: "",
    prompt: "hello",
    model: null,
    effort: null,
    attachments: [],
  };
  const place = {
    root: "r",
    parent: null,
    depth: 1,
    asker: null,
    access: "read",
    cwd: "/x",
    worktree: null,
  } as const;
  store.tasks.insert({ id, ...asked, ...place, wall_ms: 1, idle_ms: 1, created_at: ago(50) });
  store.events.append(id, ago(50), { type: "task.status", data: { status: "queued", error: null } });
}

const sweep = async (limits: { ttl: number; max: number }, open: string[] = []) =>
  forgetOld(
    { store, conversations: { open: () => open }, limits: () => limits },
    now,
    new AbortController().signal,
  );
const ids = () =>
  store.sessions
    .list({ agent: null, scope: null, query: null, ids: null, after: null, limit: 500 })
    .map(({ id }) => id);

describe("retention", () => {
  it("has 30 days and 10,000 sessions by itself, and takes 24 h, 100 and ten years", () => {
    expect(configSchema.parse({}).sessions).toEqual({ ttl: 30 * DAY, max: 10_000 });
    expect(configSchema.parse({ sessions: { ttl: "24h", max: 100 } }).sessions).toEqual({
      ttl: DAY,
      max: 100,
    });
    expect(configSchema.parse({ sessions: { ttl: "3650d" } }).sessions.ttl).toBe(3_650 * DAY);
    expect(configSchema.safeParse({ sessions: { ttl: "4000d" } }).success).toBe(false);
  });

  it("forgets what was not used for the ttl, with its tasks and events, and remembers that", async () => {
    addSession("s_old", 31);
    addTask("t_old", "s_old");
    const task = store.tasks.byId("t_old");
    if (task !== null) store.tasks.mirror({ ...task, status: "completed", ended_at: ago(31) });
    addSession("s_new", 29);
    expect(await sweep({ ttl: 30 * DAY, max: 10 })).toBe(1);
    expect(ids()).toEqual(["s_new"]);
    expect(store.tasks.byId("t_old")).toBeNull();
    expect(store.events.after("t_old", 0, 10)).toEqual([]);
    expect(store.forgotten.byId("s_old")).toMatchObject({
      reason: "expired",
      agent: "codex",
      native_id: "native-s_old",
    });
  });

  it("keeps 100 when there may be 100: those used last, whatever the clock said", async () => {
    for (let index = 0; index < 350; index += 1) addSession(`s_${index}`, index % 7);
    expect(await sweep({ ttl: 30 * DAY, max: 100 })).toBe(250);
    expect(ids()).toEqual(Array.from({ length: 100 }, (_, index) => `s_${349 - index}`));
    expect(store.forgotten.byId("s_0")?.reason).toBe("crowded_out");
  });

  it("never forgets one that is open or has a task that is not final", async () => {
    for (const id of ["s_open", "s_busy", "s_idle"]) addSession(id, 40);
    addTask("t_queued", "s_busy");
    expect(await sweep({ ttl: DAY, max: 1 }, ["s_open"])).toBe(1);
    expect(ids()).toEqual(["s_busy", "s_open"]);
  });
});

describe("a lineage that is under way", () => {
  it("keeps the sessions of what it has asked for: they count", async () => {
    for (const id of ["s_parent", "s_child", "s_other"]) addSession(id, 40);
    addTask("t_parent", "s_parent");
    addTask("t_child", "s_child");
    const child = store.tasks.byId("t_child");
    if (child !== null) store.tasks.mirror({ ...child, status: "completed", ended_at: ago(35) });
    expect(await sweep({ ttl: DAY, max: 1 })).toBe(1);
    expect(ids().toSorted()).toEqual(["s_child", "s_parent"]);
  });
});

describe("the order of sessions", () => {
  it("is that of use though the clock was set back", () => {
    addSession("s_first", 1);
    addSession("s_second", 2);
    expect(store.sessions.latest("codex", "/x")?.id).toBe("s_second");
    store.sessions.touch("s_first", ago(30), "title");
    expect(store.sessions.latest("codex", "/x")?.id).toBe("s_first");
    expect(ids()).toEqual(["s_first", "s_second"]);
  });

  it("is taken over from a database that only knew times", () => {
    const file = path.join(folder, "older.db");
    const older = new DatabaseSync(file);
    older.exec(spine);
    older.exec("pragma user_version = 1");
    const insert = older.prepare(
      `insert into sessions (id, agent, cwd, scope, places, home_machine, created_at, updated_at)
       values (?, 'codex', '/x', '/x', '{}', 'here', ?, ?)`,
    );
    for (const [id, days] of [
      ["s_b", 2],
      ["s_c", 1],
      ["s_a", 3],
    ] as const)
      insert.run(id, ago(days), ago(days));
    older.close();
    store.close();
    store = openStore(file);
    expect(ids()).toEqual(["s_c", "s_b", "s_a"]);
    addSession("s_d", 9);
    expect(ids()).toEqual(["s_d", "s_c", "s_b", "s_a"]);
  });
});
