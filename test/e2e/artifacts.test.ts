import { createHash } from "node:crypto";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Task } from "../../src/contracts/task.ts";
import { report, writing } from "../support/artifacts.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const REMINDED = "One thing is missing before you are done";
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

function pieceIn({ artifact }: Task) {
  return { content: artifact?.content ?? "", ...(artifact?.more ?? { offset: 0, remaining: 0 }) };
}

async function eventsOf(baton: Baton, { id }: Pick<Task, "id">) {
  const { items } = (await baton.json(["logs", id])) as { items: { type: string; data: unknown }[] };
  return items;
}

describe("a task over files", () => {
  it("is given what to read with its hash, and its report is compared with what was changed", async ({
    sandbox,
    baton,
  }) => {
    const { workspace, model } = sandbox;
    const plan = "1. Paint the lighthouse blue.\n";
    await writeFile(path.join(workspace, "PLAN.md"), plan);
    const text = report(["docs/colour.md"], "The door stays green: it is listed.");
    model.rules.push({
      when: "carry out the plan",
      steps: [
        { shell: "printf 'blue\\n' >> README.md; printf 'x\\n' > new.txt" },
        writing("codex", workspace, "RESULT.md", text),
        { say: "painted" },
      ],
    });
    const args = ["--reads", "PLAN.md", "--writes", "RESULT.md", "carry out the plan"];
    const task = await baton.task(["delegate", "codex", ...args]);
    expect(task).toMatchObject({
      status: "completed",
      answer: "painted",
      artifact: {
        path: "RESULT.md",
        sha256: hashOf(text),
        content: text,
        more: null,
        deviations: "The door stays green: it is listed.",
      },
      attachments: [{ path: path.join(workspace, "PLAN.md"), use: "read", sha256: hashOf(plan) }],
    });
    expect(new Set(task.changes.map((change) => change.path))).toEqual(
      new Set(["README.md", "RESULT.md", "new.txt"]),
    );
    expect(task.warnings).toEqual([
      "RESULT.md does not name what was changed: README.md, new.txt",
      "RESULT.md names as changed what was not: docs/colour.md",
    ]);
    const asked = model.requests.find(({ side }) => !side);
    expect(asked?.prompt).toContain(`- "PLAN.md" (sha256 ${hashOf(plan)})`);
    expect(asked?.prompt).toContain('write the file "RESULT.md"');
    expect(asked?.prompt).toMatch(/- Deviations: .*"None"/);

    // What it has written stays with the task.
    await writeFile(path.join(workspace, "RESULT.md"), "other words");
    expect((await baton.run(["show", "--artifact", task.id])).stdout).toBe(`${text}\n`);
    const rest = await baton.task(["show", task.id, "--artifact", "--offset", "10"]);
    expect(rest.artifact?.content).toBe(text.slice(10));
    expect((await baton.run(["show", task.id])).stdout).toContain(`RESULT.md (sha256 ${hashOf(text)})`);
  });

  it("goes on for one more turn when the file is missing, in a worktree too", async ({ sandbox, baton }) => {
    const { workspace, model } = sandbox;
    const usage = { input: 100, output: 10 };
    const text = report([]);
    model.rules.push(
      {
        when: REMINDED,
        steps: [
          { ...writing("codex", workspace, "out/RESULT.md", text), usage },
          { say: "written", usage },
        ],
      },
      { when: "look around", steps: [{ say: "done", usage }] },
    );
    const task = await baton.task([
      "delegate",
      "codex",
      "--isolation",
      "worktree",
      "--writes",
      "out/RESULT.md",
      "look around",
    ]);
    expect(task).toMatchObject({
      status: "completed",
      isolation: "worktree",
      answer: "written",
      artifact: { path: "out/RESULT.md", content: text, deviations: "None." },
      changes: [{ path: path.join("out", "RESULT.md"), kind: "add" }],
      usage: { input_tokens: 300, output_tokens: 30 },
      warnings: ["The agent was reminded once: there is no file out/RESULT.md."],
    });
    const messages = (await eventsOf(baton, task)).filter(({ type }) => type === "message");
    expect(messages.map(({ data }) => data)).toEqual([{ text: "done" }, { text: "written" }]);
    const asked = model.requests.filter(({ side }) => !side);
    expect(new Set(asked.map(({ session }) => session)).size).toBe(1);
    await expect(access(path.join(workspace, "out"))).rejects.toThrow("ENOENT");
    expect((await baton.run(["apply", task.id])).code).toBe(0);
    expect(await readFile(path.join(workspace, "out", "RESULT.md"), "utf8")).toBe(text);
  });

  it("fails when a reminder does not help, and says what is missing and what there is", async ({
    sandbox,
    baton,
  }) => {
    const { workspace, model } = sandbox;
    await writeFile(path.join(workspace, "RESULT.md"), report([]));
    const half = "# Result\n\n## 1. Summary:\n\nhalf of it\n\n```\n## Deviations\n```\n\n## Changes\n";
    model.rules.push(
      {
        when: REMINDED,
        steps: [
          { call: { name: "Read", input: { file_path: path.join(workspace, "RESULT.md") } } },
          writing("claude", workspace, "RESULT.md", half),
          { say: "well" },
        ],
      },
      { when: "look around", steps: [{ say: "done" }] },
    );
    const { code, stdout, stderr } = await baton.run([
      "delegate",
      "claude",
      "--writes",
      "RESULT.md",
      "--json",
      "look around",
    ]);
    const task = JSON.parse(stdout) as Task;
    expect([code, stderr]).toEqual([1, ""]);
    expect(task).toMatchObject({
      status: "failed",
      error: {
        code: "artifact_missing",
        message: expect.stringMatching(
          /^RESULT\.md has no section "Changes", "Deviations", or nothing stands in it \(it has: Result, 1\. Summary:, Changes\)/,
        ),
      },
      artifact: { path: "RESULT.md", sha256: hashOf(half), content: half, deviations: null },
    });
    expect(task.warnings).toContain(
      "The agent was reminded once: RESULT.md is as it was before the task, which has not changed it.",
    );
  });

  it("takes no link for the file, and is refused at once where it makes no sense", async ({
    sandbox,
    baton,
  }) => {
    const { workspace, model } = sandbox;
    await sandbox.writeUserFile("home/secret.txt", "a secret\n");
    model.rules.push(
      { when: REMINDED, steps: [{ shell: "rm RESULT.txt; ln README.md RESULT.txt" }, { say: "so?" }] },
      { when: "look around", steps: [{ shell: "ln -s ../secret.txt RESULT.txt" }, { say: "done" }] },
      { when: "stay", steps: [{ hang: true }] },
    );
    const failed = await baton.task(["delegate", "codex", "--writes", "RESULT.txt", "look around"]);
    expect(failed).toMatchObject({
      status: "failed",
      artifact: null,
      error: { code: "artifact_missing", message: expect.stringContaining("is a hard link") },
      warnings: ["The agent was reminded once: RESULT.txt is a link."],
    });
    const staying = await baton.task([
      "delegate",
      "codex",
      "--writes",
      "docs/SAME.md",
      "--background",
      "stay",
    ]);
    const attempts: [readonly string[], number, string][] = [
      [["delegate", "codex", "--reads", "PLAN.md", "x"], 2, 'PLAN.md" does not exist'],
      [["delegate", "codex", "--reads", ".", "x"], 2, "is a directory"],
      [["delegate", "codex", "--writes", "../RESULT.md", "x"], 4, "is outside"],
      [["delegate", "codex", "--writes", "docs/", "x"], 2, "names a directory"],
      [["delegate", "codex", "--writes", "a\nb", "x"], 2, "on one line"],
      [["delegate", "codex", "--sections", "Summary", "x"], 2, "--sections goes with --writes"],
      [["ask", "codex", "--writes", "RESULT.md", "x"], 2, "unknown option '--writes'"],
      [
        ["delegate", "claude", "--writes", "./docs/SAME.md", "x"],
        1,
        `task ${staying.id}, which is not final`,
      ],
    ];
    for (const [args, exit, words] of attempts) {
      const { code, stderr } = await baton.run(args);
      expect([args, code, stderr]).toEqual([args, exit, expect.stringContaining(words)]);
    }
    await baton.run(["cancel", staying.id]);
    expect(await readFile(path.join(workspace, "README.md"), "utf8")).toContain("green");
  });

  it("is bounded however long the file is, and a model reads it on", async ({ sandbox }) => {
    sandbox.model.rules.push({
      when: "fill it",
      steps: [{ shell: "yes 'ten bytes' | head -c 10000000 > BIG.txt" }, { say: "filled" }],
    });
    const client = await connectMcp(sandbox);
    const args = { agent: "codex", prompt: "fill it", writes: "BIG.txt" };
    const { structuredContent } = await client.call("delegate_task", args);
    const first = structuredContent as unknown as Task & { next: string };
    expect(first).toMatchObject({ status: "completed", answer: "filled", more: null });
    expect(first.warnings).toEqual([
      "BIG.txt is long: the result has its beginning, the file has the whole.",
    ]);
    const { content, offset, remaining } = pieceIn(first);
    expect(first.next).toContain(`artifact_offset ${offset}`);
    expect(content).toHaveLength(offset);
    expect(offset + remaining).toBe(1024 * 1024);
    const second = await client.call("read_task", { task: first.id, artifact_offset: offset });
    expect(JSON.stringify(second).length).toBeLessThan(32_000);
    const read = pieceIn(second.structuredContent as unknown as Task);
    expect(content + read.content).toBe("ten bytes\n".repeat(4_000).slice(0, read.offset));
    const wrong = await client.call("ask_agent", { agent: "codex", prompt: "x", writes: "BIG.txt" });
    expect(wrong.content[0]?.text).toContain("invalid_argument");
    await client.close();
  });
});

describe.each(["claude", "gemini"])("an artifact of %s", (agent) => {
  it("is written in a folder that git does not see, after a reminder in the same conversation", async ({
    sandbox,
    baton,
  }) => {
    const { workspace, model } = sandbox;
    const text = report([]);
    model.rules.push(
      { when: REMINDED, steps: [writing(agent, workspace, ".baton/x/RESULT.md", text), { say: "written" }] },
      { when: "look around", steps: [{ say: "done" }] },
    );
    const task = await baton.task(["delegate", agent, "--writes", ".baton/x/RESULT.md", "look around"]);
    expect(task).toMatchObject({
      status: "completed",
      answer: "written",
      artifact: { path: ".baton/x/RESULT.md", content: text, deviations: "None." },
    });
    expect(task.warnings.join("\n")).toContain("The agent was reminded once: there is no file");
    const asked = model.requests.find(({ side, prompt }) => !side && prompt.includes(REMINDED));
    expect(JSON.stringify(asked?.entries)).toContain("look around");
  });
});
