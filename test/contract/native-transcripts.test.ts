import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "../../testkit/vitest.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { lineOf, readAll, readerOf } from "../support/native-files.ts";
import { conversation, conversationsOf, expectPrefixes, ownAppServer, scripted } from "./native-kit.ts";

const ID = "11111111-2222-4333-8444-555555555555";
/** The script in a prompt is for the model alone. */
const withoutScripts = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/ SCRIPT [\s\S]*/, "").split("\n")[0]);
const linesIn = async (sandbox: Sandbox, agent: string, id: string) => {
  const { items, left } = await readAll(await conversation(sandbox, agent, id));
  return { lines: withoutScripts(items.map(lineOf)), items, left };
};
const hashesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.jsonl$|\.txt$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${file} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`);

describe("a conversation that Claude Code has written", () => {
  const claude = (sandbox: Sandbox, prompt: string, ...options: readonly string[]) =>
    sandbox.run(
      [
        sandbox.clis.claude,
        "-p",
        "--allowedTools",
        "Bash Edit Read TaskCreate TaskUpdate Agent TodoWrite",
        ...options,
      ],
      {
        input: prompt,
        env: { ...sandbox.env, ...(prompt.includes("TodoWrite") ? { CLAUDE_CODE_ENABLE_TASKS: "0" } : {}) },
      },
    );

  it("is read with its tools, edits, failures, plans, compaction and rewinds, and left as it is", async ({
    sandbox,
  }) => {
    const readme = path.join(sandbox.workspace, "README.md");
    const call = (name: string, input: unknown) => ({ call: { name, input } });
    const edit = call("Edit", { file_path: readme, old_string: "green", new_string: "red" });
    const todos = [{ content: "one", status: "in_progress", activeForm: "x" }];
    const turns: readonly (readonly [string, ...string[]])[] = [
      [
        scripted("Look", { say: "I look.", reasoning: "hm", ...call("Read", { file_path: readme }) }, edit, {
          say: "It is red.",
        }),
        "--session-id",
        ID,
      ],
      [
        scripted(
          "Fail",
          { shell: "echo out; echo err >&2; exit 3" },
          call("Write", { file_path: path.join(sandbox.workspace, "no.md"), content: "x" }),
          { parallel: [{ shell: "echo a" }, { shell: "echo b" }, { shell: "exit 1" }] },
          { say: "It failed." },
        ),
      ],
      [scripted("Plan", call("TodoWrite", { todos }), { say: "Planned." })],
      ["/compact"],
      [scripted("Much", { shell: "seq 1 20000" }, { say: "That was much." })],
      [
        scripted(
          "Tasks",
          call("TaskCreate", { subject: "do it", description: "d" }),
          call("TaskUpdate", { taskId: "1", status: "completed" }),
          { say: "Done." },
        ),
      ],
      [
        scripted(
          "Delegate",
          call("Agent", {
            description: "d",
            prompt: scripted("sub", { say: "below" }),
            subagent_type: "general-purpose",
          }),
          { say: "Delegated." },
        ),
      ],
      ["Taken back"],
    ];
    for (const [index, [prompt, ...options]] of turns.entries()) {
      const { code, stderr } = await claude(sandbox, prompt, ...(index === 0 ? options : ["--resume", ID]));
      expect(code, stderr).toBe(0);
    }
    const before = await linesIn(sandbox, "claude", ID);
    const text = readFileSync((await conversation(sandbox, "claude", ID)).file, "utf8");
    const answers = text
      .split("\n")
      .filter((line) => line.includes('"Done."') && line.includes('"assistant"'));
    const { uuid } = JSON.parse(answers.at(-1) ?? "{}") as { uuid: string };
    await claude(
      sandbox,
      scripted("Instead", { say: "Instead." }),
      "--resume",
      ID,
      "--resume-session-at",
      uuid,
    );
    await claude(sandbox, scripted("Forked", { history: true }), "--resume", ID, "--fork-session");

    const hashes = hashesBelow(sandbox.claudeHome);
    const { lines, items, left } = await linesIn(sandbox, "claude", ID);
    expect(lines).toEqual([
      "user Look",
      "assistant I look.",
      "tool Read ok",
      "tool Edit ok",
      "edit README.md update",
      "assistant It is red.",
      "user Fail",
      "tool echo out; echo err >&2; exit 3 failed",
      "tool Write denied",
      "tool echo a ok",
      "tool echo b ok",
      "tool exit 1 failed",
      "assistant It failed.",
      "user Plan",
      "plan one:in_progress",
      "assistant Planned.",
      expect.stringContaining("condensed This session is being continued"),
      "user Much",
      "tool seq 1 20000 ok",
      "assistant That was much.",
      "user Tasks",
      "plan do it:pending",
      "plan do it:completed",
      "assistant Done.",
      "user Instead",
      "assistant Instead.",
    ]);
    expect(before.lines).toContain("user Taken back");
    expect(left).toMatchObject({ reasoning: 1, abandoned_branch: expect.any(Number) });
    const diff = items.find(({ kind }) => kind === "edit");
    expect(diff).toMatchObject({
      diff: { text: expect.stringContaining("-The lighthouse is green.\n+The lighthouse is red.") },
    });
    // The output that Claude Code has put into a file of its own is there to its end.
    const much = items.find((item) => item.kind === "tool" && item.command === "seq 1 20000");
    expect(much).toMatchObject({ output: { text: expect.stringMatching(/^1\n2\n[\s\S]*\n20000\s*$/) } });

    const all = await conversationsOf(sandbox, "claude");
    const fork = [...all.keys()].find((id) => id !== ID) ?? "";
    expect(all.size).toBe(2);
    expect((await linesIn(sandbox, "claude", fork)).lines.at(-2)).toBe("user Forked");
    const { session } = await readerOf("claude").read(await conversation(sandbox, "claude", ID));
    expect(session).toMatchObject({
      cwd: sandbox.workspace,
      branch: "main",
      title: expect.stringMatching(/^Look/),
      turns: 8,
    });
    expect(hashesBelow(sandbox.claudeHome)).toEqual(hashes);
    await expectPrefixes(await conversation(sandbox, "claude", fork));
  });

  it("is known to be open as long as a process has it", async ({ sandbox }) => {
    const own = sandbox.start([sandbox.clis.claude, "-p", "--session-id", ID], {
      input: scripted("Hold", { say: "x", wait_for: "go" }),
    });
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("Hold"));
    expect([...(await readerOf("claude").live(sandbox.env))]).toEqual([ID]);
    own.kill("SIGKILL");
    await own.result;
    expect([...(await readerOf("claude").live(sandbox.env))]).toEqual([]);
  });
});

describe("a thread that Codex has written", () => {
  it("is read with its patches, failures, forks, reverts, compaction and what was put in, and left as it is", async ({
    sandbox,
  }) => {
    const patch =
      "*** Begin Patch\n*** Update File: README.md\n@@\n-The lighthouse is green.\n+The lighthouse is blue.\n*** Add File: new.md\n+x\n*** End Patch\n";
    const steps = [
      { say: "I patch.", reasoning: "hm", call: { name: "apply_patch", input: patch } },
      { shell: "echo out; exit 3" },
      { parallel: [{ shell: "echo a" }, { shell: "echo b" }] },
      { say: "It is blue." },
    ];
    const exec = (prompt: string, ...argv: readonly string[]) =>
      sandbox.run([sandbox.clis.codex, "exec", ...argv, "-"], { input: prompt });
    const first = await exec(scripted("Patch", ...steps), "--json", "-s", "workspace-write");
    const thread = /"thread_id":"([^"]+)"/.exec(first.stdout)?.[1] ?? "";
    expect((await exec(scripted("Forked", { say: "Three." }), "fork", thread)).code).toBe(0);

    const server = await ownAppServer(sandbox);
    const other = await server.begin();
    await server.turn(other, scripted("One", { say: "1" }));
    await server.turn(other, scripted("Two", { shell: "echo two" }, { say: "2" }));
    const back = await server.turn(other, "Taken back");
    await server.call("thread/revert", { threadId: other, beforeTurnId: back });
    const message = (role: string, text: string) => ({
      type: "message",
      role,
      content: [{ type: role === "user" ? "input_text" : "output_text", text }],
    });
    const put = [message("user", "Put in"), message("assistant", "As an answer")];
    await server.call("thread/inject_items", { threadId: other, items: put });
    await server.turn(other, scripted("Four", { say: "4" }));
    await server.call("thread/name/set", { threadId: other, name: "A name" });
    expect([...(await readerOf("codex").live(sandbox.env))]).toEqual(
      process.platform === "linux" ? [other] : [],
    );
    const archived = await server.begin();
    await server.turn(archived, "To be archived");
    await server.call("thread/archive", { threadId: archived });
    await server.close();
    expect([...(await readerOf("codex").live(sandbox.env))]).toEqual([]);

    const hashes = hashesBelow(sandbox.codexHome);
    const patched = [
      "user Patch",
      "assistant I patch.",
      "tool apply_patch ok",
      "edit README.md update",
      "edit new.md add",
      "tool echo out; exit 3 failed",
      "tool echo a ok",
      "tool echo b ok",
      "assistant It is blue.",
    ];
    const { lines, left, items } = await linesIn(sandbox, "codex", thread);
    expect(lines).toEqual(patched);
    expect(left).toMatchObject({ reasoning: 1 });
    expect(items.find((item) => item.kind === "tool" && item.outcome === "failed")).toMatchObject({
      output: { text: "out\n" },
    });
    const all = await conversationsOf(sandbox, "codex");
    const fork = [...all.keys()].find((id) => ![thread, other, archived].includes(id)) ?? "";
    expect((await linesIn(sandbox, "codex", fork)).lines).toEqual([
      ...patched,
      "user Forked",
      "assistant Three.",
    ]);
    const reverted = await linesIn(sandbox, "codex", other);
    expect(reverted.lines).toEqual([
      "user One",
      "assistant 1",
      "user Two",
      "tool echo two ok",
      "assistant 2",
      "user Put in",
      "assistant As an answer",
      "user Four",
      "assistant 4",
    ]);
    expect(reverted.left).toMatchObject({ abandoned_branch: 2 });
    expect((await linesIn(sandbox, "codex", archived)).lines).toContain("user To be archived");
    const { session } = await readerOf("codex").read(await conversation(sandbox, "codex", other));
    expect(session).toMatchObject({
      title: "A name",
      cwd: sandbox.workspace,
      branch: "main",
      model: "gpt-5.5",
      turns: 4,
    });
    expect(hashesBelow(sandbox.codexHome)).toEqual(hashes);
    await expectPrefixes(await conversation(sandbox, "codex", thread));
  });

  it("is read on over a compaction", async ({ sandbox }) => {
    const server = await ownAppServer(sandbox);
    const thread = await server.begin();
    await server.turn(thread, scripted("One", { say: "1" }));
    await server.compact(thread);
    await server.turn(thread, scripted("Two", { say: "2" }));
    await server.close();
    expect((await linesIn(sandbox, "codex", thread)).lines).toEqual([
      "user One",
      "assistant 1",
      expect.stringContaining("condensed "),
      "user Two",
      "assistant 2",
    ]);
  });
});

describe("a conversation that Gemini CLI has written", () => {
  it("is read with its tools, edits and failures, also after it was resumed, and left as it is", async ({
    sandbox,
  }) => {
    const readme = path.join(sandbox.workspace, "README.md");
    const gemini = (prompt: string, ...options: readonly string[]) =>
      sandbox.run(["gemini", "-m", "gemini-3.8-flash", "--approval-mode", "yolo", ...options], {
        input: prompt,
      });
    const call = (name: string, input: unknown) => ({ call: { name, input } });
    const first = await gemini(
      scripted(
        "Change",
        {
          say: "I change.",
          reasoning: "hm",
          ...call("replace", {
            file_path: readme,
            old_string: "green",
            new_string: "yellow",
            instruction: "x",
          }),
        },
        { shell: "echo out; exit 3" },
        call("write_file", { file_path: path.join(sandbox.workspace, "new.md"), content: "x\n" }),
        { say: "It is yellow." },
      ),
      "--session-id",
      ID,
    );
    expect(first.code, first.stderr).toBe(0);
    const lines = [
      "user Change",
      "assistant I change.",
      "tool replace ok",
      "edit README.md update",
      "tool echo out; exit 3 failed",
      "tool write_file ok",
      "edit new.md add",
      "assistant It is yellow.",
    ];
    expect((await linesIn(sandbox, "gemini", ID)).lines).toEqual(lines);
    await gemini(
      scripted("Again", call("read_file", { file_path: "nowhere" }), { say: "Not there." }),
      "--resume",
      ID,
    );
    const hashes = hashesBelow(sandbox.geminiHome);
    const after = await linesIn(sandbox, "gemini", ID);
    expect(after.lines).toEqual([...lines, "user Again", "tool read_file failed", "assistant Not there."]);
    expect(after.left).toMatchObject({ reasoning: 1 });
    const { session } = await readerOf("gemini").read(await conversation(sandbox, "gemini", ID));
    expect(session).toMatchObject({ cwd: sandbox.workspace, turns: 2, model: "gemini-3.8-flash" });
    expect(hashesBelow(sandbox.geminiHome)).toEqual(hashes);
    await expectPrefixes(await conversation(sandbox, "gemini", ID));
  });
});
