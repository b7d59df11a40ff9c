import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createTaskLog } from "../../src/hub/task-log.ts";
import { openStore, type Store } from "../../src/store/store.ts";

const TEXT = { type: "message.delta", data: { text: "hello" } } as const;
const WORKING = { type: "task.status", data: { status: "working", error: null } } as const;

let folder = "";
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "baton-full-"));
  store = openStore(path.join(folder, "baton.db"));
  const at = new Date().toISOString();
  const empty = { name: null, native_id: null, title: null, places: {} };
  const session = { id: "s_1", agent: "codex", cwd: "/x", scope: "/x", created_at: at, updated_at: at };
  store.sessions.insert({ ...session, ...empty }, "here");
  const asked = { id: "t_1", key: "k", session: "s_1", agent: "codex", title: "", prompt: "hello" };
  const place = {
    root: "r",
    parent: null,
    depth: 1,
    asker: null,
    access: "read",
    cwd: "/x",
    worktree: null,
  } as const;
  store.tasks.insert({
    ...asked,
    ...place,
    model: null,
    effort: null,
    attachments: [],
    wall_ms: 1,
    idle_ms: 1,
    created_at: at,
  });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A log on a disk that takes only some kinds of events, and what its observer hears of that. */
function logOn(takes: (type: string) => boolean) {
  const outcomes: boolean[] = [];
  const append: Store["events"]["append"] = (task, at, body) => {
    if (!takes(body.type)) throw new Error("database or disk is full");
    return store.events.append(task, at, body);
  };
  const log = createTaskLog({
    store: { ...store, events: { ...store.events, append } },
    now: () => new Date(),
    observer: {
      onStatus: () => undefined,
      onWriteFailed: (_task, _cause, { isFinal }) => outcomes.push(isFinal),
    },
  });
  return { log, outcomes };
}

describe("a log that cannot be written", () => {
  it("fails the task whose event is lost, without a hole and without an exception", () => {
    const { log, outcomes } = logOn((type) => type === "task.status");
    log.append("t_1", [WORKING]);
    log.append("t_1", [TEXT]);
    expect(outcomes).toEqual([true]);
    expect(store.tasks.byId("t_1")).toMatchObject({
      status: "failed",
      error: { code: "hub_unavailable", retryable: true, message: expect.stringContaining("full") },
    });
    expect(store.events.after("t_1", 0, 10).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(log.append("t_1", [TEXT])).toEqual([]);
  });

  it("that takes nothing at all says so once, and leaves the task to the next hub", () => {
    let isFull = false;
    const { log, outcomes } = logOn(() => !isFull);
    log.append("t_1", [WORKING]);
    isFull = true;
    expect(log.append("t_1", [TEXT])).toEqual([]);
    expect(log.append("t_1", [TEXT])).toEqual([]);
    expect(outcomes).toEqual([false]);
    expect(store.tasks.unfinished().map(({ id }) => id)).toEqual(["t_1"]);
  });
});
