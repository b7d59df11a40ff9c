import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { claudeReader } from "../../src/agents/claude/transcripts/reader.ts";
import { codexReader } from "../../src/agents/codex/transcripts/reader.ts";
import type { NativeReader } from "../../src/agents/transcripts/native.ts";
import { BatonError } from "../../src/contracts/error.ts";
import { summarize } from "../../src/handoff/summary/summarize.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../../testkit/vitest.ts";
import { transcriptOf, user } from "../support/transcript.ts";

const rest = { budget: 2_000, fields: null, agentWords: null };

/** The one conversation that an agent has on disk, and the file that it is in. */
async function transcriptIn(sandbox: Sandbox, reader: NativeReader) {
  const { files } = await reader.find(sandbox.env);
  const [file] = files;
  if (file === undefined) throw new Error("there is no conversation");
  return { file: file.file, transcript: await reader.read(file) };
}

const words = (prompt: string, ...steps: readonly unknown[]) => `${prompt} SCRIPT ${JSON.stringify(steps)}`;

describe("a summary", () => {
  it("is made of a real conversation with Claude Code and of the repository, and changes neither", async ({
    sandbox,
  }) => {
    const flags = ["--permission-mode", "acceptEdits", "--allowedTools", "Bash"];
    const file = path.join(sandbox.workspace, "notes.md");
    const first = words(
      "Write the notes.",
      { call: { name: "Write", input: { file_path: file, content: "# Notes\n" } } },
      { shell: "echo 'no such thing' >&2; exit 3" },
      { say: "I decided to use Markdown rather than plain text." },
    );
    await sandbox.run(["claude", "-p", ...flags, "--", first]);
    // What the repository names must not run only because it is looked at.
    const mark = path.join(sandbox.root, "mark");
    const monitor = path.join(sandbox.root, "monitor.sh");
    await writeFile(monitor, `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(monitor, 0o755);
    for (const name of ["core.fsmonitor", "diff.external", "core.pager"]) {
      await sandbox.run(["git", "config", name, monitor]);
    }
    const index = await readFile(path.join(sandbox.workspace, ".git/index"));

    const { file: source, transcript } = await transcriptIn(sandbox, claudeReader);
    const before = await readFile(source);
    const { text } = await summarize({ transcript, agent: "Claude Code", env: sandbox.env, ...rest });
    for (const part of [
      'The user: "Write the notes.',
      "I decided to use Markdown rather than plain text.",
      "`notes.md` added, +1 -0: `# Notes`",
      "failed once, not passed since",
      "> no such thing",
      "On branch `main` at",
      '"Begin"',
      "`notes.md` untracked",
    ]) {
      expect(text).toContain(part);
    }
    expect(await readFile(source)).toEqual(before);
    expect(await readFile(path.join(sandbox.workspace, ".git/index"))).toEqual(index);
    await expect(stat(mark)).rejects.toThrow("ENOENT");
  });

  it("is made of a real conversation with Codex below the root of a repository", async ({ sandbox }) => {
    const cwd = path.join(sandbox.workspace, "packages", "app");
    await mkdir(cwd, { recursive: true });
    const patch = "*** Begin Patch\n*** Add File: main.js\n+export function main() {}\n*** End Patch\n";
    const prompt = words(
      "Begin the app.",
      { call: { name: "apply_patch", input: patch } },
      { say: "Begun. Shall I go on with the tests of it?" },
    );
    await sandbox.run(["codex", "exec", "-s", "workspace-write", "--", prompt], { cwd });
    await sandbox.run(["git", "add", "."]);
    // Git counts in seconds: a commit in the very second in which the conversation began would be before it.
    const later = { ...sandbox.env, GIT_COMMITTER_DATE: "2099-01-01T00:00:00Z" };
    await sandbox.run(["git", "commit", "-qm", "Begin the app"], { env: later });
    await writeFile(path.join(sandbox.workspace, "README.md"), "changed\n");
    const { transcript } = await transcriptIn(sandbox, codexReader);
    const { text } = await summarize({ transcript, agent: "Codex", env: sandbox.env, ...rest });
    expect(text).toContain("`main.js` added, +1 -0: `export function main() {}`\n");
    expect(text).toContain("Committed meanwhile: ");
    expect(text).toContain("`../../README.md` changed");
    expect(text).toContain('The agent waits for an answer to "Begun. Shall I go on with the tests of it?"');
  });

  it("is made without a repository, and refused where there is nothing to hand over", async ({ sandbox }) => {
    const outside = transcriptOf([user("Do it well.")], sandbox.root);
    const { text } = await summarize({ transcript: outside, agent: "Codex", env: sandbox.env, ...rest });
    expect(text).toContain("which is no git repository now");
    const empty = summarize({
      transcript: transcriptOf([], null),
      agent: "Codex",
      env: sandbox.env,
      ...rest,
    });
    await expect(empty).rejects.toThrow(BatonError);
  });
});
