import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { TaskEventBody } from "../../src/contracts/event.ts";
import { isFinal, TASK_STATUSES, type TaskStatus } from "../../src/contracts/task.ts";
import { createTaskLog } from "../../src/hub/task-log.ts";
import { openStore } from "../../src/store/store.ts";

const folder = mkdtempSync(path.join(tmpdir(), "baton-log-"));
const store = openStore(path.join(folder, "baton.db"));
const observer = { onStatus: () => undefined, onWriteFailed: () => undefined };
const log = createTaskLog({ store, now: () => new Date(), observer });
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

let made = 0;

function queuedTask(): string {
  made += 1;
  const id = `t_${made}`;
  const at = new Date().toISOString();
  const session = { id: `s_${made}`, name: null, agent: "codex", native_id: null, title: null, places: {} };
  store.sessions.insert({ ...session, cwd: "/x", scope: "/x", created_at: at, updated_at: at }, "here");
  const asked = { key: id, session: session.id, agent: "codex", title: "", prompt: "hello", model: null };
  const place = {
    root: "r",
    parent: null,
    depth: 1,
    asker: null,
    access: "read",
    cwd: "/x",
    worktree: null,
    effort: null,
    attachments: [],
  } as const;
  store.tasks.insert({ id, ...asked, ...place, wall_ms: 1, idle_ms: 1, created_at: at });
  log.append(id, [status("queued")]);
  return id;
}

function status(value: TaskStatus): TaskEventBody {
  return { type: "task.status", data: { status: value, error: null } };
}

const message: TaskEventBody = { type: "message", data: { text: "word" } };

// Written out here once more, so that a slip in the code is seen.
const ALLOWED = new Set([
  "queued working",
  "queued failed",
  "queued cancelled",
  "working input_required",
  "input_required working",
  ...["working", "input_required"].flatMap((from) =>
    ["completed", "failed", "cancelled"].map((to) => `${from} ${to}`),
  ),
]);

describe("the log of a task, whatever is written to it", () => {
  const bodies = fc.array(fc.constantFrom(message, ...TASK_STATUSES.map(status)), { maxLength: 4 });

  it("goes only the ways of the state machine, with one event for each change and none after the last", () => {
    fc.assert(
      fc.property(fc.array(bodies, { maxLength: 12 }), (batches) => {
        const id = queuedTask();
        for (const batch of batches) log.append(id, batch);

        const events = store.events.after(id, 0, 100);
        const statuses = events.flatMap(({ type, data }) => (type === "task.status" ? [data.status] : []));
        const changes = statuses.slice(1).map((to, index) => `${statuses[index]} ${to}`);
        expect(changes.filter((change) => !ALLOWED.has(change))).toEqual([]);
        expect(statuses[0]).toBe("queued");
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        const end = events.findIndex(({ type, data }) => type === "task.status" && isFinal(data.status));
        expect([-1, events.length - 1]).toContain(end);
        const task = store.tasks.byId(id);
        expect(task?.status).toBe(statuses.at(-1));
        expect(task?.ended_at !== null).toBe(end !== -1);
      }),
    );
  });

  it("takes every final status from every other one that is not queued", () => {
    for (const to of ["completed", "failed", "cancelled"] as const) {
      for (const from of [["working"], ["working", "input_required"]] as const) {
        const id = queuedTask();
        log.append(id, [...from.map(status), status(to)]);
        expect(store.tasks.byId(id)?.status).toBe(to);
      }
    }
  });
});
