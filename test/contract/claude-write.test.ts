import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { makeHostile } from "./claude-hostile.ts";
import { describe, expect, follow, it, only, openAs, script, textOf } from "./claude-kit.ts";

describe("write access", () => {
  it("changes files in the working directory and tells which", async ({ sandbox, driver }) => {
    const file = (name: string) => path.join(sandbox.workspace, name);
    const conversation = await driver.open(await openAs(sandbox, "write"));
    const { outcome, events } = await follow(
      conversation,
      script(
        { call: { name: "Write", input: { file_path: file("new.txt"), content: "one\n" } } },
        { call: { name: "Write", input: { file_path: file("new.txt"), content: "two\n" } } },
        { call: { name: "Read", input: { file_path: file("README.md") } } },
        {
          call: {
            name: "Edit",
            input: { file_path: file("README.md"), old_string: "green", new_string: "red" },
          },
        },
        {
          call: {
            name: "Edit",
            input: { file_path: file("other.txt"), old_string: "", new_string: "three" },
          },
        },
        { shell: "mkdir folder && touch folder/inside" },
        { say: "changed" },
      ),
    );
    expect(textOf(outcome)).toBe("changed");
    expect(only(events, "file.changed")).toEqual([
      { path: file("new.txt"), kind: "add" },
      { path: file("new.txt"), kind: "update" },
      { path: file("README.md"), kind: "update" },
      { path: file("other.txt"), kind: "add" },
    ]);
    expect(await readFile(file("new.txt"), "utf8")).toBe("two\n");
    expect(await readFile(file("README.md"), "utf8")).toMatch(/lighthouse is red/);
    expect(await readdir(file("folder"))).toEqual(["inside"]);
  });

  it("denies what goes beyond the directory, and what would act later", async ({ sandbox, driver }) => {
    const place = await makeHostile(sandbox);
    const before = await place.snapshot();
    const write = (file: string) => ({
      call: { name: "Write", input: { file_path: path.resolve(sandbox.workspace, file), content: "x\n" } },
    });
    const steps = [
      write("../outside.txt"),
      write("../.bashrc"),
      write(".git/hooks/pre-commit"),
      write(".claude/settings.json"),
      write(".mcp.json"),
      write(".vscode/tasks.json"),
      write(".envrc"),
      write(".bashrc"),
      { shell: "touch ../outside.txt" },
      { shell: "touch .git/hooks/post-commit" },
      { shell: "touch .claude/settings.json" },
      { shell: "git commit -qam made" },
      { shell: "git config user.name made" },
      { shell: "python3 -c \"open('made','w')\"" },
      { shell: "./evil.sh" },
      { shell: "npm test" },
      { shell: "curl http://127.0.0.1/" },
      { shell: "cat secret.txt" },
      { shell: "cat /etc/passwd" },
    ];
    const conversation = await driver.open(await openAs(sandbox, "write"));
    const { outcome, events } = await follow(conversation, script(...steps, { say: "end" }));
    expect(textOf(outcome)).toBe("end");
    const passed = steps.filter((_, index) => only(events, "tool.finished")[index]?.outcome === "ok");
    expect(passed).toEqual([]);
    await conversation.close();
    expect(await place.snapshot()).toEqual(before);
    expect(await place.marks()).toEqual([]);
    expect(await readdir(sandbox.home)).not.toContain("outside.txt");
  });
});
