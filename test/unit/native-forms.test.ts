import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NativeFile } from "../../src/agents/transcripts/native.ts";
import { isListed } from "../../src/agents/transcripts/sketch.ts";
import {
  claude,
  codex,
  gemini,
  ID,
  jsonl,
  lineOf,
  OTHER_ID,
  placed,
  readAll,
  readerOf,
  TALK,
} from "../support/native-files.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "baton-native-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const lines = async (agent: string, content: string | Buffer) => {
  const { items, left } = await readAll(await placed(home, agent, content));
  return { items: items.map(lineOf), left };
};
const isShown = async (file: NativeFile) => isListed(file, await readerOf(file.agent).sketch(file, null));
const SAID = ["user one", "assistant two"];

describe("the tree of Claude Code", () => {
  it("ends where its parents go round in a circle or lead nowhere", async () => {
    const circle = jsonl(
      claude.user("a", "c", "one"),
      claude.assistant("b", "a", "two"),
      claude.user("c", "b", "three"),
    );
    expect((await lines("claude", circle)).items).toEqual(["user one", "assistant two", "user three"]);
    const self = jsonl(claude.user("a", "a", "one"));
    expect((await lines("claude", self)).items).toEqual(["user one"]);
    const orphan = jsonl(claude.user("a", null, "one"), claude.user("b", "nobody", "two"));
    expect(await lines("claude", orphan)).toEqual({ items: ["user two"], left: { abandoned_branch: 1 } });
  });

  it("is held together over a line that cannot be read", async () => {
    const [first = "", second = ""] = (TALK["claude"] ?? "").split("\n");
    const rest = jsonl(claude.user("c", "b", "three"));
    const broken = `${first}\n${second.slice(0, 40)}\n${rest}`;
    expect(await lines("claude", broken)).toEqual({
      items: ["user one", "user three"],
      left: { unreadable: 1 },
    });
  });

  it("gives the branch that was said last, without sub-agents, and all of an answer with several tools", async () => {
    const use = (id: string) => [{ type: "tool_use", id, name: "Bash", input: { command: id } }];
    const result = (uuid: string, parent: string, id: string) =>
      claude.user(uuid, parent, "", {
        message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: id }] },
      });
    const talk = jsonl(
      claude.user("a", null, "one"),
      claude.assistant("x", "a", "taken back"),
      claude.user("s", "a", "a sub-agent's", { isSidechain: true }),
      claude.assistant("b1", "a", use("t1"), "answer"),
      claude.assistant("b2", "b1", use("t2"), "answer"),
      result("r2", "b2", "t2"),
      result("r1", "b1", "t1"),
      claude.assistant("c", "r1", "done"),
    );
    expect(await lines("claude", talk)).toEqual({
      items: ["user one", "tool t1 ok", "tool t2 ok", "assistant done"],
      left: { abandoned_branch: 1, sub_agent: 1 },
    });
  });

  it("keeps a result that is in a file beside it, and looks for it nowhere else", async () => {
    const secret = path.join(home, "secret.txt");
    writeFileSync(secret, "secret");
    const talk = (persistedOutputPath: string) =>
      jsonl(
        claude.user("a", null, "one"),
        claude.assistant("b", "a", [{ type: "tool_use", id: "t", name: "Bash", input: { command: "c" } }]),
        claude.user("r", "b", "", {
          message: { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "preview" }] },
          toolUseResult: { persistedOutputPath },
        }),
      );
    const output = async (told: string) => {
      const file = await placed(home, "claude", talk(told));
      const folder = path.join(path.dirname(file.file), ID, "tool-results");
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "big.txt"), `begin${"é".repeat(300_000)}end`);
      rmSync(path.join(folder, "link.txt"), { force: true });
      symlinkSync(secret, path.join(folder, "link.txt"));
      const tool = (await readAll(file)).items.find(({ kind }) => kind === "tool");
      return tool?.kind === "tool" ? tool.output : null;
    };
    const big = await output(`C:\\gone\\${ID}\\tool-results\\big.txt`);
    expect(big?.text).toMatch(/^begin.*\n\[… 234472 characters left out …\]\n.*end$/);
    expect(big?.missing).toBe(300_008 - 65_536);
    for (const told of [
      secret,
      `/x/${ID}/tool-results/link.txt`,
      `/x/${ID}/tool-results/../../../secret.txt`,
    ]) {
      expect(await output(told)).toEqual({ text: "preview", missing: 0 });
    }
  });

  it("tells what a person has said from what Claude Code says in their place", async () => {
    const command = (name: string) =>
      `<command-name>${name}</command-name><command-args>the parser</command-args>`;
    const said = [
      claude.user("a", null, command("/check")),
      claude.user("b", "a", command("/compact")),
      claude.user("c", "b", "<local-command-stdout>x</local-command-stdout>"),
      claude.user("d", "c", "[Request interrupted by user]"),
      claude.user("e", "d", "for the model", { isMeta: true }),
      claude.user("f", "e", "<task-notification>", { origin: { kind: "task-notification" } }),
      {
        type: "attachment",
        uuid: "g",
        parentUuid: "f",
        attachment: { type: "queued_command", prompt: "meanwhile" },
      },
      claude.user("h", "g", "all in all", { isCompactSummary: true }),
      claude.assistant("i", "h", "yes"),
    ];
    expect(await lines("claude", jsonl(...said))).toEqual({
      items: ["user /check the parser", "user meanwhile", "condensed all in all", "assistant yes"],
      left: { system: 5 },
    });
  });
});

describe("a thread of Codex", () => {
  it("goes without the turns that an older Codex has taken back", async () => {
    const talk = jsonl(
      codex.meta(),
      codex.message("user", "one"),
      codex.message("user", "two"),
      codex.message("assistant", "2"),
      codex.event({ type: "thread_rolled_back", num_turns: 1 }),
      codex.message("user", "three"),
      codex.event({ type: "thread_rolled_back", num_turns: 9 }),
      codex.message("user", "four"),
    );
    const file = await placed(home, "codex", talk);
    expect((await readerOf("codex").sketch(file, null)).turns).toBe(1);
    const { items, left } = await readAll(file);
    expect(items.map(lineOf)).toEqual(["user four"]);
    expect(left).toEqual({ abandoned_branch: 4 });
  });

  it("has the commands and changes of older versions too, and those that code mode runs within a call", async () => {
    const patch =
      "*** Begin Patch\n*** Add File: a.md\n+x\n*** Update File: b.md\n@@\n-y\n+z\n*** Delete File: c.md\n*** End Patch";
    const talk = jsonl(
      codex.meta(),
      codex.message("user", "<environment_context>x</environment_context>"),
      codex.message("user", "go"),
      codex.item({
        type: "function_call",
        call_id: "1",
        name: "shell",
        arguments: '{"command":["bash","-lc","ls"]}',
      }),
      codex.item({
        type: "function_call_output",
        call_id: "1",
        output: '{"output":"no","metadata":{"exit_code":2}}',
      }),
      codex.item({ type: "custom_tool_call", call_id: "2", name: "apply_patch", input: patch }),
      codex.item({ type: "custom_tool_call_output", call_id: "2", output: "Exit code: 0\nSuccess" }),
      codex.item({
        type: "function_call",
        call_id: "3",
        name: "update_plan",
        arguments: '{"plan":[{"step":"one","status":"completed"}]}',
      }),
      codex.item({ type: "function_call_output", call_id: "3", output: "Plan updated" }),
      codex.item({ type: "custom_tool_call", call_id: "4", name: "exec", input: "tools.exec_command()" }),
      codex.event({
        type: "item_completed",
        item: {
          type: "CommandExecution",
          id: "inner",
          command: ["/bin/sh", "-c", "make"],
          exit_code: 1,
          aggregated_output: "bad",
          status: "failed",
        },
      }),
      codex.event({
        type: "item_completed",
        item: {
          type: "FileChange",
          id: "changed",
          status: "completed",
          changes: { "/work/d.md": { type: "delete", content: "x" } },
        },
      }),
      codex.item({ type: "custom_tool_call_output", call_id: "4", output: "done" }),
      { type: "compacted", payload: { message: "all in all" } },
    );
    expect((await lines("codex", talk)).items).toEqual([
      "user go",
      "tool ls failed",
      "tool apply_patch ok",
      "edit a.md add",
      "edit b.md update",
      "edit c.md delete",
      "plan one:completed",
      "tool exec ok",
      "tool make failed",
      "edit d.md delete",
      "condensed all in all",
    ]);
  });

  it("is read packed as well, up to where a packed file was cut", async () => {
    const file = await placed(home, "codex", TALK["codex"] ?? "");
    rmSync(file.file);
    const packed = zstdCompressSync(Buffer.from(TALK["codex"] ?? ""));
    writeFileSync(`${file.file}.zst`, packed);
    const [found] = (await readerOf("codex").find({ HOME: home })).files;
    if (found === undefined) throw new Error("it is not found");
    expect((await readAll(found)).items.map(lineOf)).toEqual(SAID);
    expect(await isShown(found)).toBe(true);
    writeFileSync(found.file, packed.subarray(0, packed.length - 20));
    expect((await readAll(found)).items.length).toBeLessThanOrEqual(2);
  });

  it("that an older Codex has forked says where it stands itself, with the history it was given", async () => {
    const talk = jsonl(
      codex.meta({ cwd: "/here", timestamp: "2026-11-27T11:00:00.000Z" }),
      codex.meta({ id: OTHER_ID, cwd: "/there", timestamp: "2026-11-27T10:00:00.000Z" }),
      codex.message("user", "one"),
    );
    const sketch = await readerOf("codex").sketch(await placed(home, "codex", talk), null);
    expect(sketch).toMatchObject({ cwd: "/here", created_at: "2026-11-27T11:00:00.000Z", turns: 1 });
  });

  it("that is a sub-agent's is not listed", async () => {
    const talk = jsonl(codex.meta({ source: { subagent: "review" } }), codex.message("user", "one"));
    expect(await isShown(await placed(home, "codex", talk))).toBe(false);
  });

  it("whose history leads round in a circle ends", async () => {
    const base = { history_base: { thread_id: ID, end_ordinal_exclusive: 99 } };
    const file = await placed(home, "codex", jsonl(codex.meta(base), codex.message("user", "one")));
    expect((await readAll(file)).items.map(lineOf)).toEqual(["user one"]);
    const other = file.file.replace(ID, OTHER_ID);
    writeFileSync(
      other,
      jsonl(
        codex.meta({ history_base: { thread_id: ID, end_ordinal_exclusive: 99 } }),
        codex.message("user", "two"),
      ),
    );
    writeFileSync(
      file.file,
      jsonl(
        codex.meta({ history_base: { thread_id: OTHER_ID, end_ordinal_exclusive: 99 } }),
        codex.message("user", "one"),
      ),
    );
    expect((await readAll(file)).items.map(lineOf)).toEqual(["user two", "user one"]);
  });
});

describe("a conversation of Gemini CLI", () => {
  it("stands as its updates and rewinds have left it, with the results that a list has lost", async () => {
    const tool = {
      id: "t",
      name: "run_shell_command",
      args: { command: "make" },
      result: [{ functionResponse: { id: "t", response: { output: "bad\nExit Code: 2" } } }],
      status: "success",
    };
    const talk = jsonl(
      gemini.header(),
      gemini.message("a", "user", [{ text: "gone" }]),
      { $set: { messages: [gemini.message("c", "user", "<session_context>x")] } },
      gemini.message("1", "user", [{ text: "one" }]),
      gemini.message("2", "gemini", "first"),
      gemini.message("2", "gemini", "second", { toolCalls: [tool] }),
      {
        $set: {
          messages: [
            gemini.message("1", "user", [{ text: "one" }]),
            gemini.message("2", "gemini", [
              { text: "hm", thought: true },
              { text: "second" },
              { functionCall: { id: "t", name: "run_shell_command", args: { command: "make" } } },
            ]),
            gemini.message("2_response", "user", tool.result),
          ],
        },
      },
      gemini.message("3", "user", [{ text: "taken back" }]),
      gemini.message("4", "gemini", "taken back too"),
      { $rewindTo: "3" },
      gemini.message("5", "user", [{ text: "two" }]),
      gemini.message("6", "user", "<state_snapshot>all</state_snapshot>"),
      { $set: { summary: "A title" } },
    );
    const file = await placed(home, "gemini", talk);
    expect(await readerOf("gemini").sketch(file, null)).toMatchObject({ turns: 2, name: "A title", id: ID });
    const { items, left } = await readAll(file);
    expect(items.map(lineOf)).toEqual([
      "user one",
      "assistant second",
      "tool make failed",
      "user two",
      "condensed <state_snapshot>all</state_snapshot>",
    ]);
    expect(left).toEqual({ abandoned_branch: 2, reasoning: 1 });
    writeFileSync(file.file, `${talk}${JSON.stringify({ $rewindTo: "nobody" })}\n`);
    expect((await readAll(file)).items).toEqual([]);
  });

  it("is read as the one JSON value that older versions wrote", async () => {
    const file = await placed(home, "gemini", "");
    const whole = { ...file, file: file.file.replace(".jsonl", ".json") };
    const value = gemini.header({
      messages: [gemini.message("a", "user", "one"), gemini.message("b", "gemini", "two")],
    });
    writeFileSync(whole.file, JSON.stringify(value, null, 2));
    expect((await readAll(whole)).items.map(lineOf)).toEqual(SAID);
    expect(await readerOf("gemini").sketch(whole, null)).toMatchObject({ id: ID, turns: 1 });
    writeFileSync(whole.file, JSON.stringify(value, null, 2).slice(0, -20));
    expect(await readAll(whole)).toEqual({ items: [], left: { unreadable: 1 } });
  });

  it("is not listed under an id that leads out of a folder, nor as a sub-agent's", async () => {
    for (const more of [{ sessionId: "../../etc" }, { kind: "subagent" }]) {
      const talk = jsonl(gemini.header(more), gemini.message("a", "user", "one"));
      expect(await isShown(await placed(home, "gemini", talk))).toBe(false);
    }
  });
});
