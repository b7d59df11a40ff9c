import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetOld } from "../../src/hub/retention.ts";
import type { HubState } from "../../src/hub/state.ts";
import { checkoutAt } from "../../src/hub/worktrees/checkout.ts";
import { cleanWorktrees } from "../../src/hub/worktrees/clean.ts";
import { makeWorktree } from "../../src/hub/worktrees/life.ts";
import { mergeOf } from "../../src/hub/worktrees/merge.ts";
import { recoverWorktrees } from "../../src/hub/worktrees/recover.ts";
import { scratchOf, workIn } from "../../src/hub/worktrees/work.ts";
import { writeTree } from "../../src/hub/worktrees/write.ts";
import { createKit, leftIn, stateOf, stored, type Kit } from "../support/worktree-kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
  await kit.write("a.txt", "a\n");
  await kit.write("gone/b.txt", "b\n");
  await kit.commit();
});
afterEach(async () => kit.dispose());

const recover = async () =>
  recoverWorktrees({
    store: kit.store,
    places: kit.places,
    env: kit.env,
    onError: (error) => kit.errors.push(error),
  });

/** As far as an application gets before it writes: what it found out, and what it wrote down. */
async function begun(worktree: Parameters<Kit["apply"]>[0]) {
  const folder = scratchOf(kit.places, worktree.id);
  await mkdir(folder, { recursive: true });
  const work = await workIn({ env: kit.env, worktree, folder });
  const into = await checkoutAt(kit.env, kit.repo);
  const merge = await mergeOf({ into, work, base: worktree.base, folder });
  kit.store.worktrees.setApplying(worktree.id, { from: merge.from, to: merge.to });
  return { ...merge, git: into.git };
}

async function withWork() {
  const { worktree } = await kit.worktree();
  await writeFile(path.join(worktree.path, "a.txt"), "A\n");
  await writeFile(path.join(worktree.path, "new.txt"), "new\n");
  await rm(path.join(worktree.path, "gone"), { recursive: true });
  return worktree;
}

describe("after a hub that was killed", () => {
  it.for(["nothing of it", "some of it", "all of it"])(
    "an application of which %s was written is taken back, and can be made again",
    async (howFar) => {
      const worktree = await withWork();
      const before = await stateOf(kit.repo);
      const { git, scratch, from, to } = await begun(worktree);
      if (howFar !== "nothing of it") await writeTree(git, scratch, { from, to });
      if (howFar === "some of it") {
        await kit.write("gone/b.txt", "b\n");
        await rm(path.join(kit.repo, "new.txt"));
      }
      await recover();
      expect(await stateOf(kit.repo)).toEqual(before);
      expect(stored(kit, worktree.id)).toMatchObject({ state: "ready", trees: null });
      expect(kit.errors).toEqual([]);
      expect((await kit.apply(stored(kit, worktree.id))).toSorted()).toEqual([
        "a.txt",
        "gone/b.txt",
        "new.txt",
      ]);
    },
  );

  it("what somebody has changed since is theirs", async () => {
    const worktree = await withWork();
    const { git, scratch, from, to } = await begun(worktree);
    await writeTree(git, scratch, { from, to });
    await kit.write("a.txt", "mine\n");
    await recover();
    expect(await readFile(path.join(kit.repo, "a.txt"), "utf8")).toBe("mine\n");
    expect(await readFile(path.join(kit.repo, "gone/b.txt"), "utf8")).toBe("b\n");
    await expect(stat(path.join(kit.repo, "new.txt"))).rejects.toThrow("ENOENT");
  });

  it("one that was about to be made is removed, made or not", async () => {
    const { worktree } = await kit.worktree();
    const { id: _, ...rest } = worktree;
    for (const [name, isMade] of [
      ["w_made", true],
      ["w_not", false],
    ] as const) {
      const planned = { ...rest, id: name, path: `${worktree.path}-${name}`, branch: `baton/${name}` };
      kit.store.worktrees.insert(planned);
      if (isMade) await makeWorktree(kit.env, planned);
    }
    await recover();
    for (const name of ["w_made", "w_not"]) {
      expect(stored(kit, name)).toMatchObject({ state: "cleaned", removed_at: expect.any(String) as string });
    }
    expect(stored(kit, worktree.id)).toMatchObject({ state: "ready" });
    expect(await leftIn(kit)).toEqual({ worktrees: 1, branches: `+ ${worktree.branch}\n` });
  });

  it("one that was being removed is removed, whatever was left of it, and whether or not its repository is there", async () => {
    const { worktree: one } = await kit.worktree();
    const { worktree: two } = await kit.worktree();
    for (const { id } of [one, two]) kit.store.worktrees.end(id, "discarded", new Date().toISOString());
    await rm(one.path, { recursive: true });
    await recover();
    expect(await leftIn(kit)).toEqual({ worktrees: 0, branches: "" });
    const { worktree: three } = await kit.worktree();
    kit.store.worktrees.end(three.id, "discarded", new Date().toISOString());
    await rm(kit.repo, { recursive: true });
    await recover();
    await expect(stat(three.path)).rejects.toThrow("ENOENT");
    expect(kit.store.worktrees.standing()).toEqual([]);
    expect(kit.errors).toEqual([]);
  });
});

describe("a write that git cannot finish", () => {
  it("leaves the directory as it was", async () => {
    const worktree = await withWork();
    // Git writes `a.txt` and stumbles over what appears below a folder that it makes: nobody but root is stopped by rights.
    const before = await stateOf(kit.repo);
    const { git, scratch, from, to } = await begun(worktree);
    await kit.write("new.txt", "appeared meanwhile\n");
    await expect(writeTree(git, scratch, { from, to })).rejects.toThrow("new.txt");
    await rm(path.join(kit.repo, "new.txt"));
    expect(await stateOf(kit.repo)).toEqual(before);
  });
});

describe("cleaning", () => {
  it("removes a worktree without work, and keeps one with it", async () => {
    const worktree = await withWork();
    const { worktree: idle } = await kit.worktree();
    expect(await kit.worktrees.clean(kit.env, idle)).toBe(true);
    expect(await kit.worktrees.clean(kit.env, worktree)).toBe(false);
    expect(stored(kit, worktree.id)).toMatchObject({ state: "ready", files: 3 });
    expect(stored(kit, idle.id)).toMatchObject({ state: "cleaned" });
  });

  it("happens a day after the last use, and keeps what holds work, with its session", async () => {
    const { store, worktrees } = kit;
    const at = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const made = await Promise.all([withWork(), kit.worktree().then(({ worktree }) => worktree)]);
    const { worktree: recent } = await kit.worktree();
    for (const [worktree, days] of [...made.map((one) => [one, 40] as const), [recent, 0] as const]) {
      const session = { id: worktree.session, name: null, agent: "codex", native_id: null, title: null };
      const times = { created_at: at(days), updated_at: at(days) };
      store.sessions.insert(
        { ...session, places: {}, cwd: worktree.path, scope: kit.repo, ...times },
        "here",
      );
    }
    const conversations = { isOpen: () => false, open: () => [] } as unknown as HubState["conversations"];
    const report = (error: unknown) => void kit.errors.push(error);
    const never = new AbortController().signal;
    await cleanWorktrees({ store, worktrees, conversations, report }, new Date(), never);
    const states = [...made, recent].map(({ id }) => stored(kit, id).state);
    expect(states).toEqual(["ready", "cleaned", "ready"]);
    const limits = () => ({ ttl: 30 * 86_400_000, max: 1_000 });
    expect(await forgetOld({ store, conversations, limits }, new Date(), never)).toBe(1);
    expect(store.sessions.byId(made[0].session)).not.toBeNull();
    expect(store.sessions.byId(made[1].session)).toBeNull();
    expect(kit.errors).toEqual([]);
  });
});
