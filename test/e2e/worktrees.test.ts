import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Task } from "../../src/contracts/task.ts";
import { waitForCommand, waitForNoCommand } from "../../testkit/processes.ts";
import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const script = (...steps: readonly unknown[]) => `SCRIPT ${JSON.stringify(steps)}`;
const ISOLATED = ["--isolation", "worktree"] as const;
const patchOf = (name: string, line: string) =>
  `*** Begin Patch\n*** Update File: ${name}\n@@\n-The lighthouse is green.\n+${line}\n*** End Patch\n`;

describe("work in a worktree", () => {
  it("of Codex and of Claude on one file never meets until it is applied, and what conflicts is told", async ({
    sandbox,
    baton,
  }) => {
    const readme = path.join(sandbox.workspace, "README.md");
    const codex = script(
      { call: { name: "apply_patch", input: patchOf("README.md", "Codex was here.") } },
      { shell: "echo made by a command > codex.txt; cat README.md; git status --porcelain" },
      { tool_result: true },
    );
    const started = await baton.task(["delegate", "codex", ...ISOLATED, "--background", codex]);
    const theirs = await baton.task(["wait", started.id]);
    expect(theirs).toMatchObject({ status: "completed", isolation: "worktree", error: null });
    expect(theirs.cwd).toContain(path.join(sandbox.batonHome, "worktrees"));
    expect(theirs.branch).toMatch(/^baton\//);
    expect(theirs.changes.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: "codex.txt", kind: "add" },
      { path: "README.md", kind: "update" },
    ]);
    const claude = script(
      { call: { name: "Read", input: { file_path: "README.md" } } },
      { shell: "pwd; ls -a" },
      { tool_result: true },
    );
    const mine = await baton.task(["delegate", "claude", ...ISOLATED, claude]);
    expect(mine).toMatchObject({ status: "completed", isolation: "worktree", changes: [] });
    expect(mine.answer).toContain(mine.cwd);
    expect(mine.answer).not.toContain("codex.txt");
    const edit = script(
      { call: { name: "Read", input: { file_path: path.join(mine.cwd, "README.md") } } },
      {
        call: {
          name: "Edit",
          input: { file_path: path.join(mine.cwd, "README.md"), old_string: "green", new_string: "blue" },
        },
      },
      { say: "done" },
    );
    // The session goes on where it was.
    const again = await baton.task(["delegate", "claude", "--session", mine.session, edit]);
    expect(again).toMatchObject({ cwd: mine.cwd, branch: mine.branch, isolation: "worktree" });
    expect(again.changes).toEqual([{ path: "README.md", kind: "update" }]);
    expect(await readFile(readme, "utf8")).toContain("green");
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");

    const listed = await baton.run(["tasks"]);
    expect(listed.stdout).toMatch(new RegExp(`${again.id}.*1 file to apply`));
    const examined = await baton.run(["doctor", "--json"]);
    expect(examined.stdout).toContain(`that of ${theirs.id}, ${again.id}.`);
    const diff = await baton.run(["diff", theirs.id]);
    expect(diff.stdout).toContain("+Codex was here.");
    expect(diff.stdout).toContain("+made by a command");
    const check = await sandbox.run(["git", "apply", "--check"], { input: diff.stdout });
    expect(check).toMatchObject({ code: 0 });
    expect((await baton.run(["diff", "--stat", theirs.id])).stdout).toContain("2 files changed");

    await baton.run(["apply", theirs.id]);
    expect(await readFile(readme, "utf8")).toContain("Codex was here.");
    const refused = await baton.run(["apply", "--json", again.id]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: "conflict", message: expect.stringContaining("README.md (contents)") as string },
    });
    expect(await readFile(readme, "utf8")).not.toContain("<<<<");
    const forgotten = await baton.run(["forget", mine.session]);
    expect([forgotten.code, forgotten.stderr]).toEqual([1, expect.stringContaining("baton discard")]);
    await baton.run(["discard", mine.id]);
    const left = await sandbox.run(["git", "worktree", "list"]);
    expect(left.stdout.trim().split("\n")).toHaveLength(1);
    expect((await sandbox.run(["git", "branch", "--list", "baton/*"])).stdout).toBe("");
  });

  it("that was applied begins anew in the same conversation and place, within the folders of the config", async ({
    sandbox,
    baton,
  }) => {
    const config = `[access]\nroots = [${JSON.stringify(sandbox.workspace)}]\n`;
    await sandbox.writeUserFile("home/.config/baton/config.toml", config);
    const { workspace } = sandbox;
    await mkdir(path.join(workspace, "deep"));
    for (const agent of ["codex", "claude"]) {
      const first = await baton.task(["delegate", agent, ...ISOLATED, "--session", "w", "remember the lamp"]);
      const applied = await baton.json(["apply", first.id]);
      expect(applied).toMatchObject({ changes: [], branch: first.branch });
      await expect(stat(first.cwd)).rejects.toThrow("ENOENT");
      const next = await baton.task(["ask", agent, "--session", "w", script({ history: true })]);
      expect(next).toMatchObject({ cwd: first.cwd, isolation: "worktree", session: first.session });
      expect(next.native_id).toBe(first.native_id);
      expect(next.answer).toContain("remember the lamp");
      expect(next.branch).not.toBe(first.branch);
      // A directory of the repository stands for the one in the worktree.
      const asking = { server: "baton", tool: "ask_agent", arguments: { agent: "claude", prompt: "where?" } };
      const below = await baton.task([
        "delegate",
        agent,
        "--session=w",
        `--cwd=${path.join(workspace, "deep")}`,
        script({ mcp: asking }, { say: "asked" }),
      ]);
      expect(below).toMatchObject({
        cwd: path.join(first.cwd, "deep"),
        answer: "asked",
        branch: next.branch,
      });
      const { items } = (await baton.json(["tasks"])) as { readonly items: readonly Task[] };
      expect(items.find(({ lineage }) => lineage.parent === below.id)).toMatchObject({
        cwd: below.cwd,
        status: "completed",
        isolation: "shared",
      });
      const outside = await baton.run([
        "delegate",
        agent,
        `--session=${first.session}`,
        `--cwd=${sandbox.home}`,
        "x",
      ]);
      expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining("works in a worktree of")]);
    }
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");
  });

  it("sees nothing of Baton's own, nor of the worktrees beside it, and cannot write the user's files", async ({
    sandbox,
    baton,
  }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[approvals]\ndefault = "decline"\n');
    const other = await baton.task(["delegate", "codex", ...ISOLATED, "hello"]);
    const token = await readFile(path.join(sandbox.batonHome, "token"), "utf8");
    const answerTo = async (agent: string, shell: string) =>
      (await baton.task(["delegate", agent, ...ISOLATED, script({ shell }, { tool_result: true })])).answer;
    for (const agent of ["codex", "claude"]) {
      expect(await answerTo(agent, "cat README.md")).toContain("lighthouse is green");
      expect(await answerTo(agent, `cat ${sandbox.batonHome}/token`)).not.toContain(token);
      expect(await answerTo(agent, `cat ${other.cwd}/README.md`)).not.toContain("lighthouse");
    }
    // Codex's sandbox lets its commands write below the folder for temporary files, in which this all lies.
    await answerTo("claude", `echo x > ${sandbox.workspace}/README.md`);
    expect(await readFile(path.join(sandbox.workspace, "README.md"), "utf8")).toContain("green");
  });

  it.for(["codex", "claude"])(
    "of %s that is cancelled leaves no process, and a worktree that goes on",
    async (agent, { sandbox, baton }) => {
      const sleeping = script({ shell: "echo begun > begun.txt; sleep 300" }, { say: "late" });
      const access = agent === "claude" ? ["--access", "full"] : [];
      await sandbox.writeUserFile("home/.config/baton/config.toml", '[access]\nmax = "full"\n');
      const { id, session } = await baton.task(["delegate", agent, ...access, ...ISOLATED, "-b", sleeping]);
      const running = await baton.task(["show", id]);
      await waitForCommand(sandbox.root, "sleep 300");
      const busy = await baton.run(["apply", id]);
      expect([busy.code, busy.stderr]).toEqual([4, expect.stringContaining("session_busy")]);
      expect((await baton.run(["discard", id])).code).toBe(4);
      const cancelled = await baton.task(["cancel", id]);
      expect(cancelled).toMatchObject({ status: "cancelled", changes: [{ path: "begun.txt", kind: "add" }] });
      await waitForNoCommand(sandbox.root, "sleep 300");
      const next = await baton.task(["delegate", agent, ...access, "--session", session, "go on"]);
      expect(next).toMatchObject({ status: "completed", cwd: running.cwd });
      await baton.run(["apply", next.id]);
      expect(await readFile(path.join(sandbox.workspace, "begun.txt"), "utf8")).toBe("begun\n");
    },
  );

  it("is asked for over MCP, and applied by whoever may write alone", async ({ sandbox, baton }) => {
    await writeFile(path.join(sandbox.workspace, "mine.txt"), "mine\n");
    const client = await connectMcp(sandbox);
    const result = await client.call("delegate_task", {
      agent: "codex",
      prompt: script({ shell: "cat mine.txt > copy.txt" }, { say: "done" }),
      isolation: "worktree",
      with_changes: true,
    });
    expect(result.structuredContent).toMatchObject({
      status: "completed",
      isolation: "worktree",
      changes: [{ path: "copy.txt", kind: "add" }],
      next: expect.stringContaining("baton apply") as string,
    });
    const wrong = await client.call("delegate_task", { agent: "codex", prompt: "x", with_changes: true });
    expect(wrong.content[0]?.text).toContain("ERROR invalid_argument");
    await client.close();
    const id = String(result.structuredContent["id"]);
    const asked = await baton.task(["show", id]);
    const { items } = (await baton.json(["tasks"])) as { readonly items: readonly Task[] };
    expect(items.find((task) => task.id === id)?.branch).toBe(asked.branch);
    expect(await baton.json(["apply", id])).toMatchObject({ repository: sandbox.workspace });
    expect(await readFile(path.join(sandbox.workspace, "copy.txt"), "utf8")).toBe("mine\n");
    expect((await baton.run(["apply", id])).stderr).toContain("was applied at");
  });
});
