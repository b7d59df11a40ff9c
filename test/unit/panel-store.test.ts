import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/store.ts";

let folder = "";
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "baton-panels-"));
  store = openStore(path.join(folder, "baton.db"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const AT = "2026-01-01T00:00:00.000Z";

function session(id: string, agent: string): void {
  const row = { id, name: null, agent, native_id: null, cwd: "/w", scope: "/w", title: null, places: {} };
  store.sessions.insert({ ...row, created_at: AT, updated_at: AT }, "here");
}

function task(id: string, agent: string, parent: string | null, at = `s_${id}`): void {
  if (store.sessions.byId(at) === null) session(at, agent);
  store.tasks.insert({
    id,
    key: id,
    session: at,
    agent,
    title: id,
    prompt: id,
    model: null,
    effort: null,
    attachments: [],
    worktree: null,
    root: "r",
    parent,
    depth: 1,
    asker: null,
    access: "read",
    cwd: "/w",
    wall_ms: 1,
    idle_ms: 1,
    created_at: AT,
  });
}

it("A panel and its members count as one task beneath another, what the members ask for counts by itself", () => {
  task("top", "claude", null);
  task("panel", "panel", "top");
  for (const member of ["one", "two"]) task(member, "codex", "panel");
  expect(store.lineage.countBelow("top")).toBe(1);
  task("below", "codex", "one");
  expect(store.lineage.countBelow("top")).toBe(2);
  expect(store.lineage.countBelow("panel")).toBe(1);
  expect(store.tasks.childrenOf("panel").map(({ id }) => id)).toEqual(["one", "two"]);
});

it("A panel knows the conversations of all its seats, and in their order those that were asked last", () => {
  task("first", "panel", null, "s_panel");
  for (const [place, seat] of ["member codex", "member claude"].entries()) {
    session(`s_${place}`, "codex");
    store.panels.seat({ panel: "s_panel", seat, session: `s_${place}`, task: "first", place });
  }
  expect(store.panels.lastAsked("s_panel")).toEqual(["member codex", "member claude"]);
  task("second", "panel", null, "s_panel");
  store.panels.seat({ panel: "s_panel", seat: "member claude", session: "s_1", task: "second", place: 0 });
  expect(store.panels.lastAsked("s_panel")).toEqual(["member claude"]);
  expect(Object.fromEntries(store.panels.seats("s_panel"))).toEqual({
    "member claude": "s_1",
    "member codex": "s_0",
  });
});

it("A seat is free once its conversation is forgotten, and a panel can be forgotten with all of them", () => {
  task("first", "panel", null, "s_panel");
  session("s_0", "codex");
  store.panels.seat({ panel: "s_panel", seat: "member codex", session: "s_0", task: "first", place: 0 });
  const forget = (id: string, agent: string) =>
    store.forgotten.forget({ session: id, agent, native_id: null, reason: "asked", at: AT });
  forget("s_0", "codex");
  expect(store.panels.seats("s_panel").size).toBe(0);
  session("s_1", "codex");
  store.panels.seat({ panel: "s_panel", seat: "member codex", session: "s_1", task: "first", place: 0 });
  forget("s_panel", "panel");
  expect(store.sessions.byId("s_panel")).toBeNull();
  expect(store.sessions.byId("s_1")).not.toBeNull();
});
