import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { createTaskLog } from "../../src/hub/task-log.ts";
import { openStore } from "../../src/store/store.ts";

const folder = mkdtempSync(path.join(tmpdir(), "baton-clock-"));
const store = openStore(path.join(folder, "baton.db"));
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

let clock = new Date("2030-06-01T12:00:00Z");
const observer = { onStatus: () => undefined, onWriteFailed: () => undefined };
const log = createTaskLog({ store, now: () => clock, observer });

function ask(session: string): void {
  const at = clock.toISOString();
  if (store.sessions.byId(session) === null) {
    const empty = { name: null, native_id: null, title: null, places: {} };
    const where = { agent: "codex", cwd: "/x", scope: "/x" };
    store.sessions.insert({ id: session, ...empty, ...where, created_at: at, updated_at: at }, "here");
  }
  store.sessions.touch(session, at, "hello");
  const id = `t_${session}_${at}`;
  const asked = {
    id,
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
  store.tasks.insert({ ...asked, ...place, wall_ms: 1, idle_ms: 1, created_at: at });
  for (const status of ["queued", "working", "completed"] as const)
    log.append(id, [{ type: "task.status", data: { status, error: null } }]);
}

describe("a clock that is set back", () => {
  it("does not hide the session or the task that came last", () => {
    ask("s_first");
    clock = new Date("2020-01-01T12:00:00Z");
    ask("s_second");
    const all = { agent: null, scope: null, query: null, ids: null, after: null, limit: 10 };
    expect(store.sessions.latest("codex", "/x")?.id).toBe("s_second");
    expect(store.sessions.list(all).map(({ id }) => id)).toEqual(["s_second", "s_first"]);
    const tasks = store.tasks.list({ limit: 10, after: null, unfinished: false, root: null, ids: null });
    expect(tasks.map(({ session, status }) => [session, status])).toEqual([
      ["s_second", "completed"],
      ["s_first", "completed"],
    ]);
  });
});
