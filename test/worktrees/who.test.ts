import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_CONFIG } from "../../src/contracts/config.ts";
import type { Access } from "../../src/contracts/task.ts";
import type { HubState } from "../../src/hub/state.ts";
import type { Asker } from "../../src/hub/viewer.ts";
import {
  applyWorktree,
  diffWorktree,
  discardWorktree,
  listWorktrees,
} from "../../src/hub/worktree-methods.ts";
import { createKit, type Kit } from "../support/worktree-kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
  await kit.write("a.txt", "a\n");
  await kit.write("sub/b.txt", "b\n");
  await kit.commit();
});
afterEach(async () => kit.dispose());

interface TaskParts {
  readonly access?: Access;
  readonly cwd?: string;
  readonly worktree?: string;
  readonly parent?: string;
}

function addTask(id: string, { access = "write", cwd = kit.repo, worktree, parent }: TaskParts = {}): void {
  const { store } = kit;
  const at = new Date().toISOString();
  const session = { id: `s_${id}`, name: null, agent: "codex", native_id: null, title: null, places: {} };
  store.sessions.insert({ ...session, cwd, scope: cwd, created_at: at, updated_at: at }, "here");
  store.tasks.insert({
    id,
    key: id,
    session: session.id,
    agent: "codex",
    title: id,
    prompt: id,
    model: null,
    effort: null,
    attachments: [],
    root: "shell:1",
    parent: parent ?? null,
    depth: parent === undefined ? 1 : 2,
    asker: null,
    access,
    cwd,
    worktree: worktree ?? null,
    wall_ms: 1,
    idle_ms: 1,
    created_at: at,
  });
}

/** Ends a task, so that its worktree is free. */
function end(id: string): void {
  const task = kit.store.tasks.byId(id);
  if (task !== null)
    kit.store.tasks.mirror({ ...task, status: "completed", ended_at: new Date().toISOString() });
}

const person = { viewer: { kind: "person", root: "shell:1" }, task: null } as unknown as Asker;
const delegate = (id: string) =>
  ({
    viewer: { kind: "delegate", task: id, ancestors: [] },
    attribution: { kind: "delegate", task: id },
    task: kit.store.tasks.byId(id),
  }) as unknown as Asker;
const hub = () =>
  ({
    store: kit.store,
    worktrees: kit.worktrees,
    readConfig: async () => DEFAULT_CONFIG,
  }) as unknown as HubState;
const request = (task: string) => ({
  task,
  caller: { cwd: kit.repo, workspaces: [], env: kit.env, named: [], config: "" },
});

/** A task with work in a worktree, asked for by another one. */
async function worked(above: TaskParts) {
  const { worktree } = await kit.worktree();
  await writeFile(path.join(worktree.path, "a.txt"), "A\n");
  addTask("t_above", above);
  addTask("t_below", { worktree: worktree.id, parent: "t_above", cwd: worktree.path });
  end("t_below");
}

describe("the work in a worktree", () => {
  it("is brought in by a task that has asked for it and may write", async () => {
    await worked({ access: "write" });
    const asker = delegate("t_above");
    expect((await diffWorktree(hub(), { ...request("t_below"), form: "patch" }, { asker })).patch).toContain(
      "+A",
    );
    expect((await listWorktrees(hub(), {}, { asker })).items.map(({ task }) => task)).toEqual(["t_below"]);
    expect((await applyWorktree(hub(), request("t_below"), { asker })).changes).toEqual([
      { path: "a.txt", kind: "update" },
    ]);
  });

  it("is not brought in, nor thrown away, by one that only reads, nor by the task itself or one beside it", async () => {
    await worked({ access: "read" });
    addTask("t_beside");
    for (const change of [applyWorktree, discardWorktree]) {
      const by = async (id: string) => change(hub(), request("t_below"), { asker: delegate(id) });
      await expect(by("t_above")).rejects.toMatchObject({ error: { code: "access_denied" } });
      await expect(by("t_below")).rejects.toMatchObject({ error: { code: "access_denied" } });
      await expect(by("t_beside")).rejects.toMatchObject({ error: { code: "task_not_found" } });
    }
    expect((await listWorktrees(hub(), {}, { asker: delegate("t_beside") })).items).toEqual([]);
    expect((await applyWorktree(hub(), request("t_below"), { asker: person })).changes).toHaveLength(1);
  });

  it("is not brought in by a task where it would change what lies outside of that one's directory", async () => {
    await worked({ access: "write", cwd: path.join(kit.repo, "sub") });
    await expect(
      applyWorktree(hub(), request("t_below"), { asker: delegate("t_above") }),
    ).rejects.toMatchObject({
      error: { code: "access_denied", message: expect.stringContaining("a.txt is outside") as string },
    });
    expect(await kit.git(kit.repo, "status", "--porcelain")).toBe("");
  });

  it("is not touched while a task works in it, and a task without one is told so", async () => {
    const { worktree } = await kit.worktree();
    addTask("t_1", { worktree: worktree.id, cwd: worktree.path });
    addTask("t_2");
    for (const change of [applyWorktree, discardWorktree]) {
      await expect(change(hub(), request("t_1"), { asker: person })).rejects.toMatchObject({
        error: { code: "session_busy", message: expect.stringContaining("t_1 works in it") as string },
      });
      await expect(change(hub(), request("t_2"), { asker: person })).rejects.toMatchObject({
        error: {
          code: "invalid_argument",
          message: expect.stringContaining("in the directory itself") as string,
        },
      });
    }
    end("t_1");
    await discardWorktree(hub(), request("t_1"), { asker: person });
    await expect(
      diffWorktree(hub(), { ...request("t_1"), form: "stat" }, { asker: person }),
    ).rejects.toMatchObject({
      error: { code: "conflict", message: expect.stringContaining("was discarded at") as string },
    });
  });
});
