import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handOnByArtifact } from "../../src/handoff/artifact.ts";
import { placeIn } from "../../src/handoff/artifact/place.ts";
import { writeNew } from "../../src/handoff/artifact/write.ts";
import { lookAt } from "../../src/hub/artifact/look.ts";

let root = "";
let cwd = "";
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), "baton-artifact-")));
  cwd = path.join(root, "work");
  await mkdir(cwd);
});
afterEach(async () => rm(root, { recursive: true }));

describe("a file of a task", () => {
  it("lies in its directory, whatever links lead there", async () => {
    await mkdir(path.join(cwd, "docs"));
    await symlink("docs", path.join(cwd, "inside"));
    await symlink("..", path.join(cwd, "out"));
    const place = await placeIn(cwd, "inside/new/a.md");
    expect(place.absolute).toBe(path.join(cwd, "docs", "new", "a.md"));
    for (const file of ["out/a.md", "../a.md", "/etc/a.md", "inside/../../a.md"]) {
      await expect(placeIn(cwd, file)).rejects.toMatchObject({ error: { code: "cwd_denied" } });
      expect(await lookAt(cwd, file)).toMatchObject({ kind: "unfit" });
    }
    for (const file of [".", "docs/"]) {
      await expect(placeIn(cwd, file)).rejects.toMatchObject({ error: { code: "invalid_argument" } });
    }
    expect(await lookAt(cwd, "docs")).toMatchObject({
      kind: "unfit",
      why: expect.stringContaining("is a directory"),
    });
    expect(await lookAt(cwd, "nowhere/a.md")).toEqual({ kind: "absent" });
  });

  it("is written whole, once, and leaves no draft", async () => {
    await writeNew(cwd, ".baton/x/A.md", "one");
    expect(await readFile(path.join(cwd, ".baton", ".gitignore"), "utf8")).toBe("*\n");
    await writeNew(cwd, ".baton/x/A.md", "one");
    await expect(writeNew(cwd, ".baton/x/A.md", "two")).rejects.toMatchObject({
      error: { code: "conflict" },
    });
    expect(await readFile(path.join(cwd, ".baton", "x", "A.md"), "utf8")).toBe("one");
    expect(await readdir(path.join(cwd, ".baton", "x"))).toEqual(["A.md"]);
    // A link that leads nowhere is something, too.
    await symlink(path.join(root, "gone"), path.join(cwd, "L.md"));
    await expect(writeNew(cwd, "L.md", "x")).rejects.toMatchObject({ error: { code: "conflict" } });
    expect(await readdir(root)).toEqual(["work"]);
    await writeFile(path.join(cwd, "file"), "");
    await expect(writeNew(cwd, "file/A.md", "x")).rejects.toMatchObject({ error: { code: "conflict" } });
  });
});

describe("a handoff by a file", () => {
  it("has what there is to know in a file that the next task goes by", async () => {
    const source = "Claude Code, session 1";
    const handoff = { cwd, id: "h_1", source, summary: "It is green.\n" };
    const { reads, writes } = await handOnByArtifact(handoff);
    expect(reads).toBe(path.join(cwd, ".baton", "handoff", "h_1", "HANDOFF.md"));
    expect(await readFile(reads, "utf8")).toBe(
      "# Handoff\n\nFrom Claude Code, session 1.\n\n## What there is to know\n\nIt is green.\n",
    );
    expect(writes).toBe(path.join(".baton", "handoff", "h_1", "RESULT.md"));
  });
});
