import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKit, leftIn, stateOf, type Kit } from "../support/worktree-kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
});
afterEach(async () => kit.dispose());

const refused = (text: string) => ({
  error: { code: "invalid_argument", message: expect.stringContaining(text) as string },
});

/** Writes a program that leaves a mark when it is started; gives its command and the mark. */
async function marking(): Promise<{ command: string; ran: () => Promise<boolean> }> {
  const mark = path.join(kit.root, "ran");
  const command = path.join(kit.root, "program.sh");
  await writeFile(command, `#!/bin/sh\ntouch ${mark}\ncat\n`);
  await chmod(command, 0o755);
  return {
    command,
    ran: async () =>
      stat(mark).then(
        () => true,
        () => false,
      ),
  };
}

describe("a worktree", () => {
  it("is at the commit, on a branch of its own, at the same place in it, for this user alone", async () => {
    await kit.write("deep/er/x.txt", "x\n");
    await kit.commit();
    await kit.write("deep/er/x.txt", "changed\n");
    const cwd = path.join(kit.repo, "deep/er");
    const { worktree, cwd: own } = await kit.worktree({ cwd, title: "Mend the Parser, ü & co!" });
    expect(worktree.branch).toMatch(/^baton\/mend-the-parser-u-co-[0-9a-z]{8}$/);
    expect(own).toBe(path.join(worktree.path, "deep/er"));
    expect(await readFile(path.join(own, "x.txt"), "utf8")).toBe("x\n");
    expect(await kit.git(own, "branch", "--show-current")).toBe(`${worktree.branch}\n`);
    expect((await stat(kit.places.worktreesFolder)).mode & 0o777).toBe(0o700);
    const loose = path.join(kit.repo, "loose");
    await mkdir(loose);
    expect((await stat((await kit.worktree({ cwd: loose })).cwd)).isDirectory()).toBe(true);
  });

  it("begins with uncommitted changes where they are asked for, and touches none of the user's", async () => {
    await kit.write("a.txt", "a\n");
    await kit.write("gone.txt", "gone\n");
    await kit.write(".gitignore", "*.log\n");
    await kit.commit();
    await kit.write("staged.txt", "staged\n");
    await kit.git(kit.repo, "add", "staged.txt");
    await kit.write("a.txt", "unstaged\n");
    await kit.write("loose.txt", "loose\n");
    await kit.write("x.log", "ignored\n");
    await rm(path.join(kit.repo, "gone.txt"));
    const before = await stateOf(kit.repo);
    const { worktree } = await kit.worktree({ uncommitted: "taken" });
    expect(await stateOf(kit.repo)).toEqual(before);
    const files = Object.keys(await stateOf(worktree.path)).filter((file) => file !== ".git/index");
    expect(files.toSorted()).toEqual([".gitignore", "a.txt", "loose.txt", "staged.txt"]);
    expect(await kit.git(worktree.path, "status", "--porcelain")).toBe("");
    // What the user had already is no part of the work, and does not conflict with it.
    await writeFile(path.join(worktree.path, "loose.txt"), "loose\nmore\n");
    expect(await kit.apply(worktree)).toEqual(["loose.txt"]);
    await kit.git(kit.repo, "add", "-A");
    await kit.git(kit.repo, "commit", "-qm", "All");
    const clean = await kit.worktree({ uncommitted: "taken" });
    expect(clean.worktree.base).toBe((await kit.git(kit.repo, "rev-parse", "HEAD")).trim());
  });

  it("is refused where there is nothing to make one of, with the reason", async () => {
    await expect(kit.worktree()).rejects.toMatchObject(refused("no commit yet"));
    const plain = path.join(kit.root, "plain");
    await mkdir(plain);
    await expect(kit.worktree({ cwd: plain })).rejects.toMatchObject(refused("in no git repository"));
    await kit.git(plain, "init", "-q", "--bare", ".");
    await expect(kit.worktree({ cwd: plain })).rejects.toMatchObject(refused("a bare repository"));
    await kit.write("a.txt", "a\n");
    await kit.commit();
    await kit.git(kit.repo, "config", "core.worktree", kit.root);
    await expect(kit.worktree()).rejects.toMatchObject(refused("keeps its working tree in another place"));
    const broken = path.join(kit.root, "line\nbreak");
    await mkdir(broken);
    await expect(kit.worktree({ cwd: broken })).rejects.toMatchObject(refused("has a line break in it"));
  });

  it("can be made of a detached HEAD, of another worktree, and beside a branch named baton", async () => {
    await kit.write("a.txt", "a\n");
    await kit.commit();
    await kit.git(kit.repo, "checkout", "-q", "--detach");
    await kit.git(kit.repo, "branch", "baton");
    const linked = path.join(kit.root, '-n "linked"');
    await kit.git(kit.repo, "worktree", "add", "-q", "-b", "linked", linked);
    await writeFile(path.join(linked, "only-here.txt"), "x\n");
    const { worktree } = await kit.worktree({ cwd: linked, uncommitted: "taken" });
    expect(worktree.branch).toMatch(/^baton-do-it-/);
    await writeFile(path.join(worktree.path, "only-here.txt"), "y\n");
    expect(await kit.apply(worktree)).toEqual(["only-here.txt"]);
    expect(await readFile(path.join(linked, "only-here.txt"), "utf8")).toBe("y\n");
    expect(await kit.git(kit.repo, "worktree", "list")).toContain("[linked]");
    const nested = await kit.worktree();
    const below = await kit.worktree({ cwd: nested.worktree.path });
    await expect(kit.worktrees.discard(kit.env, nested.worktree)).rejects.toMatchObject({
      error: { code: "conflict", message: expect.stringContaining(below.worktree.branch) as string },
    });
  });

  it("can be made eight at a time, and applied one after the other", async () => {
    await kit.write("a.txt", "a\n");
    await kit.commit();
    const made = await Promise.all(Array.from({ length: 8 }, async () => kit.worktree()));
    await Promise.all(
      made.map(async ({ worktree }, at) => writeFile(path.join(worktree.path, `new-${at}.txt`), "x\n")),
    );
    const applied = await Promise.all(made.map(async ({ worktree }) => kit.apply(worktree)));
    expect(applied.flat().toSorted()).toEqual(made.map((_, at) => `new-${at}.txt`));
    expect(await leftIn(kit)).toEqual({ worktrees: 0, branches: "" });
  });

  it("starts nothing that the repository names: hooks, monitors, filters, drivers", async () => {
    const { command, ran } = await marking();
    await kit.write("a.txt", "a\nb\nc\nd\ne\n");
    await kit.write(".gitattributes", "a.txt filter=own diff=own merge=own\n");
    await kit.commit();
    for (const hook of ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"]) {
      await symlink(command, path.join(kit.repo, ".git/hooks", hook));
    }
    for (const [name, value] of [
      ["core.fsmonitor", command],
      ["filter.own.clean", command],
      ["filter.own.smudge", command],
      ["filter.own.required", "true"],
      ["diff.own.command", command],
      ["diff.own.textconv", command],
      ["merge.own.driver", command],
      ["diff.external", command],
    ] as const) {
      await kit.git(kit.repo, "config", name, value);
    }
    const { worktree } = await kit.worktree({ uncommitted: "taken" });
    await writeFile(path.join(worktree.path, "a.txt"), "A\nb\nc\nd\ne\n");
    await kit.write("a.txt", "a\nb\nc\nd\nE\n");
    await kit.worktrees.settle(kit.env, worktree.id);
    // The driver that would decide is the repository's: nobody decides.
    await expect(kit.apply(worktree)).rejects.toMatchObject({ error: { code: "conflict" } });
    await kit.write("a.txt", "a\nb\nc\nd\ne\n");
    expect(await kit.apply(worktree)).toEqual(["a.txt"]);
    expect(await ran()).toBe(false);
  });

  it("works with the user's own filters, as Git LFS is one", async () => {
    await writeFile(
      path.join(kit.root, "home/.gitconfig"),
      '[user]\nname = P\nemail = p@x\n[filter "up"]\nclean = tr a-z A-Z\nsmudge = tr A-Z a-z\n',
    );
    await kit.write(".gitattributes", "*.up filter=up\n");
    await kit.write("x.up", "small\n");
    await kit.commit();
    expect(await kit.git(kit.repo, "show", "HEAD:x.up")).toBe("SMALL\n");
    const { worktree } = await kit.worktree();
    expect(await readFile(path.join(worktree.path, "x.up"), "utf8")).toBe("small\n");
    await writeFile(path.join(worktree.path, "x.up"), "smaller\n");
    expect(await kit.apply(worktree)).toEqual(["x.up"]);
    expect(await readFile(path.join(kit.repo, "x.up"), "utf8")).toBe("smaller\n");
  });

  it("leaves submodules alone, and says so where its work is in one", async () => {
    const library = path.join(kit.root, "library");
    await mkdir(library);
    await kit.git(library, "init", "-q");
    await writeFile(path.join(library, "l.txt"), "l\n");
    await kit.git(library, "add", ".");
    await kit.git(library, "commit", "-qm", "L");
    await kit.write("a.txt", "a\n");
    await kit.git(kit.repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", library, "lib");
    await kit.commit();
    await kit.write("lib/l.txt", "changed by the user\n");
    const { worktree } = await kit.worktree({ uncommitted: "taken" });
    await writeFile(path.join(worktree.path, "a.txt"), "A\n");
    expect(await kit.apply(worktree)).toEqual(["a.txt"]);
    expect(await readFile(path.join(kit.repo, "lib/l.txt"), "utf8")).toBe("changed by the user\n");
    const filled = await kit.worktree();
    const update = ["-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init"];
    await kit.git(filled.worktree.path, ...update);
    await expect(kit.apply(filled.worktree)).rejects.toMatchObject({
      error: { message: expect.stringContaining("lib in the worktree is a repository") as string },
    });
    await kit.worktrees.discard(kit.env, filled.worktree);
    expect(kit.errors).toEqual([]);
  });

  it("is as sparse as the checkout, and applies nothing outside of that", async () => {
    await kit.write("in/a.txt", "a\n");
    await kit.write("out/b.txt", "b\n");
    await kit.commit();
    await kit.git(kit.repo, "sparse-checkout", "set", "in");
    const { worktree } = await kit.worktree();
    await expect(stat(path.join(worktree.path, "out"))).rejects.toThrow("ENOENT");
    await writeFile(path.join(worktree.path, "in/a.txt"), "A\n");
    expect(await kit.apply(worktree)).toEqual(["in/a.txt"]);
    const beyond = await kit.worktree();
    await kit.git(beyond.worktree.path, "sparse-checkout", "disable");
    await writeFile(path.join(beyond.worktree.path, "out/b.txt"), "B\n");
    await expect(kit.apply(beyond.worktree)).rejects.toMatchObject({
      error: { message: expect.stringContaining("out/b.txt (outside the sparse checkout)") as string },
    });
  });
});
