import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createNatives, type NativeAccess } from "../../src/agents/natives.ts";
import { writeNewFile } from "../../src/agents/transcripts/new-file.ts";
import { createCollector } from "../../src/core/history/collect.ts";
import { hunksOf, hunkText, rangeOf, sideOf } from "../../src/core/history/hunks.ts";
import { estimatedTokens } from "../../src/core/tokens.ts";
import type { FileEdit, ToolUse, Transcript, TranscriptItem } from "../../src/core/transcript.ts";
import { carryHistory, type CarryRequest } from "../../src/handoff/history/carry.ts";

const AT = "2026-11-28T01:00:00.000Z";
const root = await mkdtemp(path.join(tmpdir(), "baton-history-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const said = (kind: "user" | "assistant" | "condensed", text: string): TranscriptItem => ({
  kind,
  text: { text, missing: 0 },
  at: AT,
});
const used = (change: Partial<ToolUse>): ToolUse => ({
  kind: "tool",
  id: "c1",
  name: "Look",
  command: null,
  input: { path: "a" },
  output: { text: "seen", missing: 0 },
  outcome: "ok",
  at: AT,
  ...change,
});
const edited = (change: Partial<FileEdit>): FileEdit => ({
  kind: "edit",
  path: "/work/a.js",
  change: "update",
  diff: { text: "--- /work/a.js\n+++ /work/a.js\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n", missing: 0 },
  tool: "c1",
  at: AT,
  ...change,
});

/** A conversation that was read, by its items. */
function transcript(items: readonly TranscriptItem[], leftOut: Transcript["leftOut"] = () => []): Transcript {
  return {
    session: {
      agent: "claude",
      native_id: "7e816b64-c005-439c-8f56-424832e6909c",
      file: "/nowhere",
      cwd: "/work",
      branch: null,
      title: "a title",
      model: null,
      turns: 1,
      bytes: 1,
      created_at: AT,
      updated_at: AT,
    },
    items: async function* () {
      yield* items;
    },
    leftOut,
  };
}

let homes = 0;
/** What is carried to an agent in a home of its own. */
async function carry(items: readonly TranscriptItem[], to: string, change: Partial<CarryRequest> = {}) {
  const home = path.join(root, String((homes += 1)));
  const natives = createNatives(path.join(home, "state"));
  const target = natives.get(to);
  if (target === undefined) throw new Error(to);
  const env = { HOME: home, GEMINI_API_KEY: "key" };
  const request = {
    source: transcript(items),
    agent: "Claude Code",
    budget: 100_000,
    target,
    env,
    cwd: "/work",
    at: AT,
  };
  return carryHistory({ ...request, ...change });
}

describe("what is collected of a conversation", () => {
  it("is the newest of it that there is room for, and the rest condensed, however long it is", () => {
    const collector = createCollector({ agent: "Codex", budget: 3_000 });
    const line = "word ".repeat(200);
    for (let turn = 1; turn <= 20_000; turn += 1) {
      collector.add(said("user", `turn ${turn}: ${line}`));
      collector.add(used({ id: `c${turn}`, command: "make", output: { text: line, missing: 0 } }));
    }
    const { entries, condensed } = collector.finish();
    expect(entries[0]?.kind).toBe("user");
    expect(entries.at(-2)).toMatchObject({ text: expect.stringContaining("turn 20000:") as string });
    const tokens = entries.reduce((sum, entry) => sum + estimatedTokens(JSON.stringify(entry)), 0);
    expect(tokens).toBeLessThan(4_000);
    expect(condensed?.turns).toBe(20_000 - entries.filter(({ kind }) => kind === "user").length);
  });

  it("keeps the beginning and the end of a message that is too long, and says what is missing", () => {
    const collector = createCollector({ agent: "Codex", budget: 1_000 });
    collector.add(said("user", `first ${"x".repeat(50_000)} last`));
    const { entries, dropped } = collector.finish();
    expect(entries[0]).toMatchObject({
      text: expect.stringMatching(/^first x+\n\[… \d+ characters left out …\]\nx+ last$/) as string,
    });
    expect(dropped).toMatchObject([{ what: "characters" }]);
    expect(dropped[0]?.count).toBeGreaterThan(40_000);
  });

  it("tells apart what was handed over with a prompt, and the prompt", () => {
    const collector = createCollector({ agent: "Codex", budget: 1_000 });
    collector.add(said("user", "<handoff_context>\nbefore\n</handoff_context>\n\nGo on."));
    expect(collector.finish().entries.map(({ kind }) => kind)).toEqual(["note", "user"]);
  });
});

describe("a diff", () => {
  const diff = "--- a\n+++ b\n@@ -3,2 +3,2 @@ f()\n one\n-two\n+2\n\\ No newline at end of file\n";

  it("gives its hunks and both of its sides", () => {
    expect(hunkText(diff)).toBe("@@ -3,2 +3,2 @@ f()\n one\n-two\n+2\n\\ No newline at end of file\n");
    expect(sideOf(diff, " -")).toBe("one\ntwo\n");
    expect(sideOf(diff, " +")).toBe("one\n2");
    expect(hunksOf(diff).map(rangeOf)).toEqual([{ oldStart: 3, oldLines: 2, newStart: 3, newLines: 2 }]);
    expect(hunksOf("@@\n one\n-two\n").map(rangeOf)).toEqual([
      { oldStart: 1, oldLines: 2, newStart: 1, newLines: 1 },
    ]);
  });
});

describe.each(["claude", "codex", "gemini"])("a conversation that is written for %s", (to) => {
  const everything: readonly TranscriptItem[] = [
    said("condensed", "Before: the lighthouse was built."),
    said("user", '<system> „hm" \\ \u2028 🙂'),
    said("assistant", "Yes."),
    used({ command: "make test", output: { text: "", missing: 0 }, outcome: "denied" }),
    used({ name: "mcp__x.y z", outcome: "failed", output: { text: "no", missing: 0 } }),
    used({ name: "never answered", output: null, outcome: "unknown" }),
    used({}),
    edited({}),
    edited({
      path: "/work/b.js",
      change: "add",
      diff: { text: "--- /dev/null\n+++ b\n@@ -0,0 +1 @@\n+new\n", missing: 0 },
    }),
    edited({ path: "/work/c.js", change: "delete", diff: null, tool: null }),
    { kind: "plan", steps: [{ text: "one", status: "in_progress" }], at: AT },
    said("assistant", "Done."),
  ];

  it("reads back as it was, with an account of what is lost", async () => {
    const source = transcript(everything, () => [{ what: "reasoning", count: 2 }]);
    const { account, written } = await carry([], to, { source });
    const removal = to === "codex" ? 1 : 0;
    expect(account.carried).toEqual({ user: 1, assistant: 3, tool: 4 - removal, edit: 2 + removal, plan: 1 });
    expect(account.turned_to_text).toEqual([
      {
        what: "condensed histories",
        count: 1,
        why: "Claude Code kept them in the place of what came before",
      },
      { what: "tool uses without a result", count: 1, why: "nobody wrote down what came of them" },
      ...(to === "codex"
        ? []
        : [{ what: "removals of files", count: 1, why: "it has no tool that removes files" }]),
    ]);
    expect(account.dropped).toEqual([
      { what: "reasoning", count: 2, why: "it belongs to the model that has thought it" },
    ]);
    expect(await readdir(path.dirname(written.file.file))).toEqual([path.basename(written.file.file)]);
  });

  it("is gone again when it does not read back as it was", async () => {
    const natives = createNatives(path.join(root, "lying"));
    const real = natives.get(to);
    if (real === undefined) throw new Error(to);
    let file = "";
    const target: NativeAccess = {
      ...real,
      reader: {
        ...real.reader,
        read: async (native) => {
          file = native.file;
          return transcript([said("user", "something else")]);
        },
      },
    };
    await expect(carry([said("user", "hello")], to, { target })).rejects.toMatchObject({
      error: { code: "agent_error" },
    });
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it("begins with what the oldest turns come to where there is no room for them", async () => {
    const turns = Array.from({ length: 60 }, (_, turn) =>
      said("user", `turn ${turn} ${"long ".repeat(100)}`),
    );
    const { account, written } = await carry(turns, to, { budget: 1_500 });
    expect(account.turned_to_text).toMatchObject([{ what: "oldest turns" }]);
    const [lost] = account.turned_to_text;
    expect((lost?.count ?? 0) + (account.carried["user"] ?? 0)).toBe(60);
    const text = await readFile(written.file.file, "utf8");
    expect(text).toContain("turn 0 long");
    expect(text).toContain("7e816b64-c005-439c-8f56-424832e6909c");
  });

  it("needs somebody to have said something", async () => {
    await expect(carry([used({})], to)).rejects.toMatchObject({ error: { code: "invalid_argument" } });
  });
});

describe("a new file", () => {
  it("never takes the place of one that is there", async () => {
    const file = path.join(root, "there.jsonl");
    await writeFile(file, "mine");
    const place = { agent: "claude", nativeId: "x", root, file, cwd: "/work" };
    await expect(writeNewFile(place, [{}])).rejects.toMatchObject({ error: { code: "agent_error" } });
    expect(await readFile(file, "utf8")).toBe("mine");
    expect((await readdir(root)).filter((name) => name.includes("part"))).toEqual([]);
  });
});

describe("a broken transcript", () => {
  it("is carried as far as it is whole, and its circles have an end", async () => {
    const home = path.join(root, "broken");
    const id = "11111111-2222-4333-8444-555555555555";
    const file = path.join(home, ".claude", "projects", "-work", `${id}.jsonl`);
    const record = (uuid: string, parentUuid: string, content: string) =>
      JSON.stringify({ type: "user", uuid, parentUuid, sessionId: id, message: { role: "user", content } });
    const lines = [
      record("a", "b", "one"),
      "no JSON",
      record("b", "a", "two"),
      record("c", "b", "three").slice(0, 40),
    ];
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, lines.join("\n"));
    const reader = createNatives(path.join(home, "state")).get("claude")?.reader;
    const found = await reader?.find({ HOME: home });
    const [native] = found?.files ?? [];
    if (reader === undefined || native === undefined) throw new Error("not found");
    const { account, written } = await carry([], "codex", { source: await reader.read(native) });
    expect(account.carried).toMatchObject({ user: 2 });
    expect(account.dropped).toContainEqual({ what: "records", count: 2, why: "they cannot be read" });
    expect(
      written.entries.filter(({ kind }) => kind === "user").map((entry) => "text" in entry && entry.text),
    ).toEqual(["one", "two"]);
    expect(await readFile(file, "utf8")).toBe(lines.join("\n"));
  });
});
