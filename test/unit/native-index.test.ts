import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NativeReader } from "../../src/agents/transcripts/native.ts";
import { createNativeIndex } from "../../src/hub/native-index.ts";
import type { NativeFilter } from "../../src/store/native.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { claude, codex, jsonl, readerOf } from "../support/native-files.ts";

let home = "";
let store: Store;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "baton-index-"));
  store = openStore(path.join(home, "baton.db"));
});
afterEach(() => {
  store.close();
  rmSync(home, { recursive: true, force: true });
});

/** A reader that tells which files it was made to read, and from where. */
function watched(agent: string) {
  const reader = readerOf(agent);
  const read: string[] = [];
  const watching: NativeReader = {
    ...reader,
    sketch: async (file, before) => {
      read.push(`${path.basename(file.file).slice(0, 8)} from ${before?.read ?? 0}`);
      return reader.sketch(file, before);
    },
  };
  return { read, index: createNativeIndex(store, new Map([[agent, watching]])) };
}

const idOf = (number: number) => `0199c9a4-0000-7222-8333-${String(number).padStart(12, "0")}`;
const fileOf = (number: number) => path.join(home, ".claude/projects/-work", `${idOf(number)}.jsonl`);

/** The higher the number the later it was changed. */
function write(number: number, prompt: string, more = {}): void {
  mkdirSync(path.dirname(fileOf(number)), { recursive: true });
  writeFileSync(
    fileOf(number),
    jsonl(claude.user("a", null, prompt, more), claude.assistant("b", "a", "yes")),
  );
  utimesSync(fileOf(number), number + 1, number + 1);
}

const listed = (more: Partial<NativeFilter> = {}) =>
  store.native
    .list({
      roots: [path.join(home, ".claude/projects")],
      agent: null,
      query: null,
      cwds: null,
      ids: null,
      after: null,
      limit: 100,
      ...more,
    })
    .map(({ title }) => title);

describe("the index of what agents have on disk", () => {
  it("reads a file once, what has grown from there on, and forgets what is gone", async () => {
    const { read, index } = watched("claude");
    for (const number of [0, 1, 2]) write(number, `prompt ${number}`);
    await Promise.all([index.look("claude", { HOME: home }), index.look("claude", { HOME: home })]);
    expect(read.length).toBe(3);
    expect(listed()).toEqual(["prompt 2", "prompt 1", "prompt 0"]);
    await index.look("claude", { HOME: home });
    expect(read.splice(0).length).toBe(3);

    const before = JSON.stringify(claude.user("a", null, "prompt 1")).length + 1;
    appendFileSync(fileOf(1), jsonl(claude.user("c", "b", "and another")));
    rmSync(fileOf(0));
    await index.look("claude", { HOME: home });
    expect(read).toEqual([expect.stringMatching(/^0199c9a4 from \d+$/)]);
    expect(Number(read[0]?.split(" ").at(-1))).toBeGreaterThan(before);
    expect(listed()).toEqual(["prompt 1", "prompt 2"]);
    expect(listed({ query: "and ANOTHER" })).toEqual(["prompt 1"]);

    // What has shrunk is another file.
    write(1, "short");
    await index.look("claude", { HOME: home });
    expect(read.at(-1)).toBe("0199c9a4 from 0");
    expect(listed()).toContain("short");
  });

  it("is paged and searched", async () => {
    const { index } = watched("claude");
    for (let number = 0; number < 25; number += 1) {
      write(number, `prompt ${number}`, {
        cwd: number % 2 === 0 ? "/even" : "/odd",
        gitBranch: `branch-${number}`,
      });
    }
    // Two that were changed at one moment.
    utimesSync(fileOf(3), 5, 5);
    utimesSync(fileOf(4), 5, 5);
    await index.look("claude", { HOME: home });
    const pages: (string | null)[] = [];
    for (let after: string | null = null; ;) {
      const rows = store.native.list({
        roots: [path.join(home, ".claude/projects")],
        agent: "claude",
        query: null,
        cwds: null,
        ids: null,
        after,
        limit: 7,
      });
      pages.push(...rows.map(({ title }) => title));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = `${last.agent}:${last.native_id}`;
    }
    expect(new Set(pages).size).toBe(25);
    expect(pages).toEqual(listed());
    expect(listed({ cwds: ["/odd"] }).length).toBe(12);
    expect(listed({ query: "BRANCH-13" })).toEqual(["prompt 13"]);
    expect(listed({ ids: [idOf(7)] })).toEqual(["prompt 7"]);
    expect(listed({ agent: "codex" })).toEqual([]);
    expect(listed({ roots: ["/elsewhere"] })).toEqual([]);
  });

  it("says which conversation is ours, by its id and name, and finds it by them", async () => {
    const { index } = watched("claude");
    write(1, "prompt");
    await index.look("claude", { HOME: home });
    const at = "2026-06-30T10:00:00.000Z";
    const session = {
      id: "s_1",
      name: "Parser",
      agent: "claude",
      native_id: idOf(1),
      title: null,
      places: {},
    };
    store.sessions.insert({ ...session, cwd: "/x", scope: "/x", created_at: at, updated_at: at }, "here");
    for (const query of ["parser", "s_1", idOf(1)])
      expect({ query, found: listed({ query }) }).toEqual({ query, found: ["prompt"] });
    expect(store.native.byId("claude", idOf(1))?.title).toBe("prompt");
  });

  it("takes a new name of a thread without reading the thread again from its beginning", async () => {
    const { index, read } = watched("codex");
    const folder = path.join(home, ".codex/sessions/2026/11/27");
    mkdirSync(folder, { recursive: true });
    const rollout = path.join(folder, `rollout-2026-11-27T10-00-00-${idOf(1)}.jsonl`);
    writeFileSync(rollout, jsonl(codex.meta(), codex.message("user", "one")));
    await index.look("codex", { HOME: home });
    writeFileSync(
      path.join(home, ".codex/session_index.jsonl"),
      jsonl({ id: idOf(1), thread_name: "A name" }),
    );
    await index.look("codex", { HOME: home });
    expect(read.at(-1)).not.toBe(read[0]);
    expect(listed({ roots: [path.join(home, ".codex")] })).toEqual(["A name"]);
  });

  it("goes on when a file cannot be read, and does not try it again", async () => {
    const { index, read } = watched("claude");
    write(1, "one");
    write(2, "two");
    writeFileSync(fileOf(2), Buffer.alloc(1_000, 0xff));
    await index.look("claude", { HOME: home });
    await index.look("claude", { HOME: home });
    expect(read.length).toBe(2);
    expect(listed()).toEqual(["one"]);
  });
});
