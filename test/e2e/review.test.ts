import { access, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";

const write = async (sandbox: Sandbox, name: string, text: string | Buffer) => {
  const file = path.join(sandbox.workspace, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
};

async function git(sandbox: Sandbox, ...args: string[]): Promise<void> {
  const { code, stderr } = await sandbox.run(["git", ...args]);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
}

/** What the model was asked, once for each agent. */
const promptsIn = ({ model }: Sandbox, from = 0) =>
  model.requests
    .slice(from)
    .filter(({ side }) => !side)
    .map(({ prompt }) => prompt);

describe("baton review", () => {
  it("has the working tree reviewed by all that are installed: what changed, what is new, what is no text", async ({
    sandbox,
    baton,
  }) => {
    sandbox.model.rules.push({ when: "Review the changes", steps: [{ say: "README.md:3 minor" }] });
    await write(sandbox, "README.md", "# A repository\n\nThe lighthouse is red.\n");
    await write(sandbox, "staged.txt", "a staged line\n");
    await git(sandbox, "add", "staged.txt");
    await write(sandbox, "src/new file.txt", "a new line\n");
    await write(sandbox, "picture.bin", Buffer.from([1, 0, 2, 0]));
    await write(sandbox, "big.txt", "x".repeat(300_000));
    await symlink("/etc/passwd", path.join(sandbox.workspace, "link"));
    await write(sandbox, ".gitignore", "secret\n");
    await write(sandbox, "secret", "a secret line\n");
    // From a folder below it is still the whole repository.
    const cwd = path.join(sandbox.workspace, "src");
    const task = await baton.task(["review"], { cwd });
    expect(task).toMatchObject({ agent: "panel", status: "completed", access: "read" });
    const asked = task.children?.map(({ agent }) => agent);
    expect(asked).toEqual(expect.arrayContaining(["claude", "codex"]));
    expect(task.answer).toContain("README.md:3 minor");
    const [prompt = "", other] = promptsIn(sandbox);
    expect(other).toBe(prompt);
    const mark = /names end in (\w+)\./.exec(prompt)?.[1];
    const changes = prompt.split(new RegExp(`</?changes-${mark}>\n?`))[1] ?? "";
    for (const part of [
      "-The lighthouse is green.\n+The lighthouse is red.",
      "+a staged line",
      "diff --git a/src/new file.txt b/src/new file.txt\nnot added to git yet\n@@ -0,0 +1,1 @@\n+a new line",
      "b/picture.bin\nnot added to git yet\nA binary file",
      "b/big.txt\nnot added to git yet\nLeft out: the file has 300000 bytes",
      "b/link\nnot added to git yet\nA link to /etc/passwd",
    ]) {
      expect(changes).toContain(part);
    }
    expect(prompt).not.toContain("a secret line");
    for (const word of ["file:line", "severity", "reason"]) expect(prompt).toContain(word);
  });

  it("of a branch takes its commits since its base, and what is piped in stands beside", async ({
    sandbox,
    baton,
  }) => {
    await git(sandbox, "checkout", "-qb", "topic");
    await write(sandbox, "topic.txt", "of the topic\n");
    await git(sandbox, "add", ".");
    await git(sandbox, "commit", "-qm", "Add a topic");
    await write(sandbox, "later.txt", "not committed\n");
    await git(sandbox, "branch", "-f", "other", "main");
    const asked = async (...args: string[]) => {
      const from = sandbox.model.requests.length;
      const { code, stderr } = await baton.run(["review", "codex", ...args], { input: "the ticket says so" });
      expect([code, stderr]).toEqual([0, ""]);
      return promptsIn(sandbox, from)[0] ?? "";
    };
    for (const prompt of [await asked("--base"), await asked("the names", "--base", "other")]) {
      expect(prompt).toContain("+of the topic");
      expect(prompt).not.toContain("not committed");
      expect(prompt).toMatch(/<given-(\w+)>\nthe ticket says so\n<\/given-\1>/);
    }
    expect(promptsIn(sandbox).at(-1)).toContain("Look at this above all: the names");
  });

  it("says so where there is nothing to review, or no way to tell", async ({ sandbox, baton }) => {
    const attempts: [readonly string[], string, string][] = [
      [["review"], sandbox.workspace, "there is nothing to review: no changes in the working tree"],
      [
        ["review", "--base", "main"],
        sandbox.workspace,
        "there is nothing to review: no changes of the current branch",
      ],
      [["review", "--base", "nowhere"], sandbox.workspace, '"nowhere" names no commit'],
      [["review", "--base=--output=x"], sandbox.workspace, "names no commit"],
      [["review"], sandbox.batonHome, "is in no git repository"],
    ];
    for (const [args, cwd, words] of attempts) {
      const { code, stderr } = await baton.run(args, { cwd });
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining(words)]);
    }
    // What is piped in needs no repository.
    const { code } = await baton.run(["review", "codex"], { cwd: sandbox.batonHome, input: "+a line\n" });
    expect(code).toBe(0);
  });

  it("shows nobody the files of another folder that a repository claims as its own", async ({
    sandbox,
    baton,
  }) => {
    await git(sandbox, "config", "core.worktree", sandbox.home);
    const { code, stderr } = await baton.run(["review", "codex"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("has its files elsewhere")]);
    expect(sandbox.model.requests).toEqual([]);
  });

  it("works before the first commit", async ({ sandbox, baton }) => {
    const fresh = path.join(sandbox.home, "fresh");
    await mkdir(fresh);
    await writeFile(path.join(fresh, "first.txt"), "the first line\n");
    await writeFile(path.join(fresh, "second.txt"), "the second line\n");
    for (const args of [
      ["init", "-q"],
      ["add", "first.txt"],
    ]) {
      await sandbox.run(["git", ...args], { cwd: fresh });
    }
    expect((await baton.run(["review", "codex"], { cwd: fresh })).code).toBe(0);
    const [prompt] = promptsIn(sandbox);
    expect(prompt).toContain("+the first line");
    expect(prompt).toContain("+the second line");
  });

  it("starts no program that the repository configures", async ({ sandbox, baton }) => {
    const canary = path.join(sandbox.root, "tmp", "started");
    const program = path.join(sandbox.workspace, "program.sh");
    await writeFile(program, `#!/bin/sh\necho "$0 $*" >> ${canary}\ncat\n`, { mode: 0o755 });
    await write(sandbox, ".gitattributes", "*.md diff=evil filter=evil\n");
    for (const name of [
      "core.fsmonitor",
      "core.pager",
      "pager.diff",
      "core.sshCommand",
      "diff.external",
      "diff.evil.command",
      "diff.evil.textconv",
      "filter.evil.clean",
      "filter.evil.smudge",
    ]) {
      await git(sandbox, "config", name, program);
    }
    await write(sandbox, "README.md", "# A repository\n\nThe lighthouse is red.\n");
    const task = (await baton.json(["review", "codex"])) as Task;
    expect(task.status).toBe("completed");
    expect(promptsIn(sandbox)[0]).toContain("+The lighthouse is red.");
    await expect(access(canary)).rejects.toThrow("ENOENT");
    // It would have been started otherwise.
    await sandbox.run(["git", "diff"]);
    await access(canary);
  });
});
