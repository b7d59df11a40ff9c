import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileChange } from "../../src/contracts/task.ts";
import { createChangeWatch } from "../../src/hub/changes/watch.ts";
import { createKit, stateOf, type Kit } from "../support/worktree-kit.ts";

let kit: Kit;
let watch: ReturnType<typeof createChangeWatch>;
beforeEach(async () => {
  kit = await createKit();
  watch = createChangeWatch();
  await kit.write("a.txt", "a\n");
  await kit.write("b.txt", "b\n");
  await kit.write("sub/c.txt", "c\n");
  await kit.write(".gitignore", "*.log\n");
  await kit.commit();
});
afterEach(async () => kit.dispose());

interface Looked {
  readonly cwd?: string;
  readonly claims?: readonly FileChange[];
}

/** What a task that does this is said to have changed. */
async function changed(work: () => Promise<unknown>, { cwd = kit.repo, claims = [] }: Looked = {}) {
  const look = await watch.begin({ env: kit.env, cwd });
  await work();
  const { changes, warning } = await look.end(claims);
  look.release();
  expect(warning).toBeNull();
  return changes.map(({ kind, path: file }) => `${kind} ${file}`);
}
const at = (file: string) => path.join(kit.repo, file);

describe("the changes of a task", () => {
  it("are what stands there afterwards, whoever wrote it: new, changed, removed, renamed, links, modes", async () => {
    const odd = '-n "ü"\n.txt';
    const found = await changed(async () => {
      await kit.write("a.txt", "A\n");
      await kit.write(odd, "x\n");
      await kit.write("new/deep.txt", "x\n");
      await rm(at("b.txt"));
      await rename(at("sub/c.txt"), at("moved.txt"));
      await symlink("a.txt", at("link"));
      await chmod(at(".gitignore"), 0o755);
    });
    expect(found.toSorted()).toEqual(
      [
        "update a.txt",
        `add ${odd}`,
        "add new/deep.txt",
        "delete b.txt",
        "delete sub/c.txt",
        "add moved.txt",
        "add link",
        "update .gitignore",
      ].toSorted(),
    );
  });

  it("leave out what was so before, and what was put back", async () => {
    await kit.write("a.txt", "dirty\n");
    await kit.write("loose.txt", "loose\n");
    await rm(at("b.txt"));
    const found = await changed(async () => {
      await kit.write("a.txt", "dirty\n");
      await kit.write("sub/c.txt", "for a moment\n");
      await kit.write("sub/c.txt", "c\n");
      await kit.write("loose.txt", "loose\nand more\n");
      await kit.write("b.txt", "b\n");
    });
    expect(found.toSorted()).toEqual(["add b.txt", "update loose.txt"]);
  });

  it("count commits, and what was staged, the same", async () => {
    await kit.write("loose.txt", "loose\n");
    const found = await changed(async () => {
      await kit.write("a.txt", "A\n");
      await rm(at("b.txt"));
      await kit.commit();
      await kit.write("staged.txt", "x\n");
      await kit.git(kit.repo, "add", "staged.txt");
    });
    expect(found.toSorted()).toEqual(["add staged.txt", "delete b.txt", "update a.txt"]);
    expect(await changed(async () => kit.commit())).toEqual([]);
    expect(await changed(async () => kit.git(kit.repo, "reset", "-q", "--hard", "HEAD~2"))).toEqual([
      "update a.txt",
      "add b.txt",
      "delete loose.txt",
      "delete staged.txt",
    ]);
  });

  it("are told from the task's directory on, and absolutely outside of it", async () => {
    const cwd = at("sub");
    const found = await changed(
      async () => {
        await kit.write("sub/c.txt", "C\n");
        await kit.write("a.txt", "A\n");
      },
      { cwd },
    );
    expect(found).toEqual([`update ${at("a.txt")}`, "update c.txt"]);
  });

  it("take the agent's word only for what git cannot know, and never for what is not so", async () => {
    const elsewhere = path.join(kit.root, "elsewhere.txt");
    const found = await changed(
      async () => {
        await kit.write("x.log", "ignored\n");
        await writeFile(elsewhere, "x\n");
        await kit.write("a.txt", "A\n");
      },
      {
        claims: [
          { path: at("a.txt"), kind: "update" },
          { path: at("x.log"), kind: "add" },
          { path: elsewhere, kind: "add" },
          { path: at("b.txt"), kind: "update" },
          { path: "never.log", kind: "add" },
          { path: at("sub/c.txt"), kind: "delete" },
        ],
      },
    );
    expect(found).toEqual(["update a.txt", "add x.log", `add ${elsewhere}`]);
  });

  it("are the agent's own words where there is no git, as far as they are true", async () => {
    const cwd = path.join(kit.root, "plain");
    await mkdir(path.join(cwd, ".git"), { recursive: true });
    const claims: FileChange[] = [
      { path: path.join(cwd, "x.txt"), kind: "add" },
      { path: path.join(cwd, "not.txt"), kind: "update" },
    ];
    const found = await changed(async () => writeFile(path.join(cwd, "x.txt"), "x"), { cwd, claims });
    expect(found).toEqual(["add x.txt"]);
  });

  it("are known in a repository without a commit, and cost the user's index nothing", async () => {
    const fresh = path.join(kit.root, "fresh");
    await mkdir(fresh);
    await kit.git(fresh, "init", "-q");
    const found = await changed(async () => writeFile(path.join(fresh, "x.txt"), "x"), { cwd: fresh });
    expect(found).toEqual(["add x.txt"]);
    await kit.write("a.txt", "a\n");
    const before = await stateOf(kit.repo);
    expect(await changed(async () => undefined)).toEqual([]);
    expect(await stateOf(kit.repo)).toEqual(before);
  });

  it("of two tasks at a time in one place are given with a warning", async () => {
    const one = await watch.begin({ env: kit.env, cwd: kit.repo });
    const two = await watch.begin({ env: kit.env, cwd: at("sub") });
    await kit.write("a.txt", "A\n");
    const ended = [await one.end([]), await two.end([])];
    for (const { warning } of ended) expect(warning).toContain("Another task worked in this directory");
    one.release();
    two.release();
    expect(await changed(async () => kit.write("b.txt", "B\n"))).toEqual(["update b.txt"]);
  });

  it("are left to the agent where git fails, with a warning", async () => {
    const look = await watch.begin({ env: kit.env, cwd: kit.repo });
    await kit.write("a.txt", "A\n");
    await rm(at(".git/HEAD"));
    const { changes, warning } = await look.end([{ path: at("a.txt"), kind: "update" }]);
    expect(changes).toEqual([{ path: "a.txt", kind: "update" }]);
    expect(warning).toContain("what the agent tells");
  });
});
