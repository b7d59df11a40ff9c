import { chmod, mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKit, leftIn, stateOf, stored, type Kit } from "../support/worktree-kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
  await kit.write("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
  await kit.write("sub/b.txt", "b\n");
  await kit.write(".gitignore", "*.log\nbuild/\n");
  await kit.commit();
});
afterEach(async () => kit.dispose());

const NONE = { worktrees: 0, branches: "" };
const conflict = (text: string) => ({
  error: { code: "conflict", message: expect.stringContaining(text) as string },
});

/** What a conflict says, which leaves everything of the user's as it was, and the worktree in its place. */
async function conflictOf(worktree: Parameters<Kit["apply"]>[0]): Promise<string> {
  const before = await stateOf(kit.repo);
  const error: unknown = await kit.apply(worktree).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ error: { code: "conflict" } });
  expect(await stateOf(kit.repo)).toEqual(before);
  expect(stored(kit, worktree.id)).toMatchObject({ state: "ready", trees: null, removed_at: null });
  expect((await stat(worktree.path)).isDirectory()).toBe(true);
  return String(error);
}

describe("applying a worktree", () => {
  it("brings in commits, staged, unstaged and new files, leaves HEAD and the index, and removes it", async () => {
    const { worktree } = await kit.worktree();
    const at = (file: string) => path.join(worktree.path, file);
    await writeFile(at("a.txt"), "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    await kit.git(worktree.path, "commit", "-qam", "Mine");
    await writeFile(at("staged.txt"), "staged\n");
    await kit.git(worktree.path, "add", "staged.txt");
    await mkdir(at("new/deep"), { recursive: true });
    await writeFile(at('new/deep/-n "q"\n.txt'), "odd\n");
    await rm(at("sub/b.txt"));
    await writeFile(at("x.log"), "ignored\n");
    const head = await kit.git(kit.repo, "rev-parse", "HEAD");
    const index = (await stateOf(kit.repo))[".git/index"];
    const changed = await kit.apply(worktree);
    expect(changed.toSorted()).toEqual(["a.txt", 'new/deep/-n "q"\n.txt', "staged.txt", "sub/b.txt"]);
    expect(await readFile(path.join(kit.repo, 'new/deep/-n "q"\n.txt'), "utf8")).toBe("odd\n");
    expect(await kit.git(kit.repo, "status", "--porcelain", "-uall")).toContain(" M a.txt\n D sub/b.txt\n");
    await expect(stat(path.join(kit.repo, "sub"))).rejects.toThrow("ENOENT");
    expect(await kit.git(kit.repo, "rev-parse", "HEAD")).toBe(head);
    const after = (await stateOf(kit.repo))[".git/index"];
    // `git status` above may have refreshed it; what is staged is the same.
    expect(index === after || (await kit.git(kit.repo, "diff", "--cached")) === "").toBe(true);
    expect(await leftIn(kit)).toEqual(NONE);
    await expect(stat(worktree.path)).rejects.toThrow("ENOENT");
    expect(stored(kit, worktree.id)).toMatchObject({ state: "applied" });
    await expect(kit.apply(worktree)).rejects.toMatchObject(conflict("was applied at"));
    expect(kit.errors).toEqual([]);
  });

  it("merges with what the user has done meanwhile: other hunks, commits, another HEAD, what is staged", async () => {
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "a.txt"), "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n");
    await kit.write("a.txt", "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    await kit.git(kit.repo, "checkout", "-q", "--detach");
    await kit.commit("Moved on");
    await kit.git(kit.repo, "commit", "-q", "--amend", "-m", "Rewritten");
    await kit.write("staged.txt", "mine\n");
    await kit.git(kit.repo, "add", "staged.txt");
    await kit.write("loose.txt", "mine too\n");
    expect(await kit.apply(worktree)).toEqual(["a.txt"]);
    expect(await readFile(path.join(kit.repo, "a.txt"), "utf8")).toBe(
      "ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n",
    );
    expect(await kit.git(kit.repo, "diff", "--cached", "--name-only")).toBe("staged.txt\n");
  });

  it("follows renames, and carries modes, links and bytes", async () => {
    await kit.write("bin.dat", Buffer.from([0, 1, 2, 255]));
    await kit.commit();
    const { worktree } = await kit.worktree();
    const at = (file: string) => path.join(worktree.path, file);
    await rename(at("a.txt"), at("moved.txt"));
    await writeFile(at("bin.dat"), Buffer.from([0, 9, 255]));
    await chmod(at("sub/b.txt"), 0o755);
    await symlink("sub/b.txt", at("link"));
    await kit.write("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n");
    await kit.apply(worktree);
    expect(await readFile(path.join(kit.repo, "moved.txt"), "utf8")).toContain("SEVEN");
    await expect(stat(path.join(kit.repo, "a.txt"))).rejects.toThrow("ENOENT");
    expect([...(await readFile(path.join(kit.repo, "bin.dat")))]).toEqual([0, 9, 255]);
    expect((await stat(path.join(kit.repo, "sub/b.txt"))).mode & 0o111).not.toBe(0);
    expect(await readlink(path.join(kit.repo, "link"))).toBe("sub/b.txt");
  });

  it("keeps the line ends of the checkout", async () => {
    await kit.write(".gitattributes", "*.crlf text eol=crlf\n");
    await kit.write("w.crlf", "one\r\ntwo\r\n");
    await kit.commit();
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "w.crlf"), "one\r\nTWO\r\n");
    expect(await kit.apply(worktree)).toEqual(["w.crlf"]);
    expect(await readFile(path.join(kit.repo, "w.crlf"), "utf8")).toBe("one\r\nTWO\r\n");
  });

  it("says when there is nothing to apply, and is done then too", async () => {
    const { worktree } = await kit.worktree();
    expect(await kit.apply(worktree)).toEqual([]);
    expect(await leftIn(kit)).toEqual(NONE);
    const same = await kit.worktree();
    await writeFile(path.join(same.worktree.path, "a.txt"), "same\n");
    await kit.write("a.txt", "same\n");
    expect(await kit.apply(same.worktree)).toEqual([]);
  });

  it("changes nothing where a line, a deletion, a link or a binary conflicts, and names each file", async () => {
    await kit.write("bin.dat", Buffer.from([0, 1]));
    await kit.write("c.txt", "c\n");
    await kit.commit();
    const { worktree } = await kit.worktree();
    const at = (file: string) => path.join(worktree.path, file);
    await writeFile(at("a.txt"), "theirs\n");
    await writeFile(at("bin.dat"), Buffer.from([0, 2]));
    await rm(at("c.txt"));
    await writeFile(at("fine.txt"), "fine\n");
    await kit.write("a.txt", "mine\n");
    await kit.git(kit.repo, "add", "a.txt");
    await kit.write("a.txt", "mine, later\n");
    await kit.write("bin.dat", Buffer.from([0, 3]));
    await kit.write("c.txt", "changed\n");
    expect(await conflictOf(worktree)).toContain("a.txt (contents)");
    expect(await conflictOf(worktree)).toContain("c.txt (modify/delete)");
    expect(await conflictOf(worktree)).toContain("bin.dat (binary)");
  });

  it.for([
    ["a file that nobody follows", "new.txt", "new.txt"],
    ["an ignored file", "x.log", "x.log"],
    ["an ignored file in the place of a folder", "build", "build/out.txt"],
    ["a folder with ignored files in the place of a file", "thing/x.log", "thing"],
  ] as const)("does not overwrite %s", async ([, mine, theirs]) => {
    const { worktree } = await kit.worktree();
    await mkdir(path.dirname(path.join(worktree.path, theirs)), { recursive: true });
    await writeFile(path.join(worktree.path, theirs), "theirs\n");
    await kit.git(worktree.path, "add", "-f", theirs);
    await kit.write(mine, "mine\n");
    expect(await conflictOf(worktree)).toContain(mine);
    expect(await readFile(path.join(kit.repo, mine), "utf8")).toBe("mine\n");
  });

  it("takes the same new file on both sides for one", async () => {
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "new.txt"), "same\n");
    await kit.write("new.txt", "same\n");
    expect(await kit.apply(worktree)).toEqual([]);
  });

  it("looks at files that git was told not to look at", async () => {
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "a.txt"), "theirs\n");
    await kit.git(kit.repo, "update-index", "--assume-unchanged", "a.txt");
    await kit.write("a.txt", "mine\n");
    expect(await conflictOf(worktree)).toContain("a.txt");
    await kit.git(kit.repo, "update-index", "--no-assume-unchanged", "a.txt");
    await kit.git(kit.repo, "update-index", "--skip-worktree", "a.txt");
    expect(await conflictOf(worktree)).toContain("a.txt");
  });

  it("refuses in the middle of a merge, and when the repository or the worktree is gone", async () => {
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "a.txt"), "theirs\n");
    await kit.git(kit.repo, "checkout", "-qb", "other");
    await kit.write("sub/b.txt", "x\n");
    await kit.commit();
    await kit.git(kit.repo, "checkout", "-q", "main");
    await kit.write("sub/b.txt", "y\n");
    await kit.commit();
    await kit.git(kit.repo, "merge", "other").catch(() => undefined);
    expect(await conflictOf(worktree)).toContain("a merge is under way");
    await rename(kit.repo, `${kit.repo}-moved`);
    await expect(kit.apply(worktree)).rejects.toMatchObject(conflict("does not know it any more"));
    await kit.worktrees.discard(kit.env, worktree);
    await expect(stat(worktree.path)).rejects.toThrow("ENOENT");
    expect(kit.errors).toEqual([]);
  });

  it("refuses what a tree cannot carry: a repository within, a submodule's place", async () => {
    const { worktree } = await kit.worktree();
    await kit.git(worktree.path, "init", "-q", "inner");
    await writeFile(path.join(worktree.path, "inner", "x"), "x");
    expect(await conflictOf(worktree)).toContain("inner in the worktree is a repository of its own");
  });

  it("is not led astray by what the agent did to `.git`", async () => {
    const { worktree } = await kit.worktree();
    await writeFile(path.join(worktree.path, "a.txt"), "theirs\n");
    const evil = path.join(kit.root, "evil");
    await mkdir(evil);
    await kit.git(evil, "init", "-q");
    const ran = path.join(kit.root, "ran");
    await kit.git(evil, "config", "filter.evil.clean", `touch ${ran}`);
    await writeFile(path.join(worktree.path, ".gitattributes"), "* filter=evil\n");
    await writeFile(path.join(worktree.path, ".git"), `gitdir: ${evil}/.git\n`);
    expect((await kit.apply(worktree)).toSorted()).toEqual([".gitattributes", "a.txt"]);
    await expect(stat(ran)).rejects.toThrow("ENOENT");
    expect(await leftIn(kit)).toEqual(NONE);
  });
});
