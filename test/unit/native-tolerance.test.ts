import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NativeFile } from "../../src/agents/transcripts/native.ts";
import { isListed } from "../../src/agents/transcripts/sketch.ts";
import { claude, codex, gemini, lineOf, placed, readAll, readerOf, TALK } from "../support/native-files.ts";

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

describe.each(["claude", "codex", "gemini"])("a conversation of %s", (agent) => {
  const talk = TALK[agent] ?? "";

  it("is read with a mark of UTF-8 before it, CRLF, blank lines, bytes that are no text, and what nobody knows", async () => {
    expect((await lines(agent, `\u{feff}${talk.replaceAll("\n", "\r\n\r\n")}`)).items).toEqual(SAID);
    const noise = Buffer.concat([
      Buffer.from(talk),
      Buffer.from('{"type":"brand-new","payload":{"type":"x"},"id":7}\n[1,2]\nnull\n"text"\n{"broken\n'),
      Buffer.from([0xff, 0xfe, 0x0a]),
    ]);
    const { items, left } = await lines(agent, noise);
    expect(items).toEqual(SAID);
    expect(left.unreadable).toBeGreaterThan(1);
  });

  it("is not followed through a link, nor waited for in a pipe", async () => {
    const { file } = await placed(home, agent, talk);
    const name = path.basename(file).replace("0199c9a4", "0199c9a5");
    const beside = path.join(path.dirname(file), name);
    const outside = path.join(home, "outside.jsonl");
    writeFileSync(outside, talk);
    symlinkSync(outside, beside);
    const found = async () => (await readerOf(agent).find({ HOME: home })).files.map((one) => one.file);
    expect(await found()).toEqual([file]);
    rmSync(beside);
    execFileSync("mkfifo", [beside]);
    expect(await found()).toEqual([file]);

    // Also when it has become one since it was found.
    const [known] = (await readerOf(agent).find({ HOME: home })).files;
    if (known === undefined) throw new Error("it is not found");
    rmSync(file);
    symlinkSync(outside, file);
    await expect(readAll(known)).rejects.toThrow("no regular file");
    rmSync(file);
    execFileSync("mkfifo", [file]);
    await expect(readAll(known)).rejects.toThrow("no regular file");
    await expect(readAll({ ...known, file: outside, root: path.dirname(file) })).rejects.toThrow(
      "no regular file",
    );
  });

  it("that is empty or says nothing is not listed", async () => {
    for (const content of ["", "\n\n", '{"broken']) {
      const file = await placed(home, agent, content);
      expect(await isShown(file)).toBe(false);
      expect((await readAll(file)).items).toEqual([]);
    }
  });

  it("is sketched on from where it was read to, with the same result", async () => {
    const whole = await readerOf(agent).sketch(await placed(home, agent, talk), null);
    expect(whole).toMatchObject({ turns: 1, first: "one" });
    for (const cut of [10, talk.indexOf("\n") + 5, talk.length - 1]) {
      const before = await readerOf(agent).sketch(await placed(home, agent, talk.slice(0, cut)), null);
      const after = await readerOf(agent).sketch(await placed(home, agent, talk), before);
      expect(after, `cut at ${cut}`).toEqual(whole);
    }
  });
});

describe.each(["claude", "codex", "gemini"])("200 MB of %s", (agent) => {
  const MOST_MB = 450;
  const read = (file: string) => {
    const script = path.resolve(import.meta.dirname, "../support/read-transcript.ts");
    const out = execFileSync(process.execPath, [script, agent, home, file], { encoding: "utf8" });
    return JSON.parse(out) as {
      items: number;
      first: string;
      last: string;
      left: Record<string, number>;
      mb: number;
    };
  };

  it("are read in bounded memory, as many lines and as one", async () => {
    const { file } = await placed(home, agent, "");
    const [begin = "", ...rest] = (TALK[agent] ?? "").trimEnd().split("\n");
    // A record of Claude Code's may follow no other; the others begin with what the file is.
    const [head, tail] = agent === "claude" ? ["", [begin, ...rest].join("\n")] : [begin, rest.join("\n")];
    const record = Buffer.from(`${longRecord(agent, "x".repeat(64 * 1024))}\n`);
    writeFileSync(file, `${head}\n`);
    for (let count = 0; count < 200; count += 1) appendFileSync(file, Buffer.concat(Array(16).fill(record)));
    appendFileSync(file, tail);
    const many = read(file);
    expect(many).toMatchObject({ last: "assistant two" });
    expect(many.mb).toBeLessThan(MOST_MB);

    writeFileSync(file, `${head}\n${longRecord(agent, "x").slice(0, -20)}`);
    truncateSync(file, 200 * 1024 * 1024);
    appendFileSync(file, `\n${tail}`);
    const one = read(file);
    expect(one).toMatchObject({
      items: 2,
      first: "user one",
      last: "assistant two",
      left: { unreadable: 1 },
    });
    expect(one.mb).toBeLessThan(MOST_MB);
  }, 120_000);
});

function longRecord(agent: string, text: string): string {
  switch (agent) {
    case "claude":
      return JSON.stringify(claude.user("long", null, text));
    case "codex":
      return JSON.stringify(codex.message("user", text));
    default:
      return JSON.stringify(gemini.message("long", "user", text));
  }
}
