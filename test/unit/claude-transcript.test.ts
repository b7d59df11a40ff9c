import { appendFile, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createPrivateFiles } from "../../src/agents/claude/private-files.ts";
import { watchTranscript } from "../../src/agents/claude/transcript.ts";

const ID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "baton-claude-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function transcriptIn(project: string): Promise<string> {
  const file = path.join(folder, "projects", project, `${ID}.jsonl`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '{"type":"user"}\n');
  return file;
}

describe("a transcript", () => {
  it("that nobody has touched since it settled was not continued", async () => {
    await transcriptIn("-home-me-work");
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    expect(watch.wasContinued()).toBe(false);
  });

  it("with a turn of somebody else was continued", async () => {
    const file = await transcriptIn("-home-me-work");
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    await appendFile(file, '{"type":"mode"}\n{"type":"user","message":{}}\n');
    expect(watch.wasContinued()).toBe(true);
    watch.settled();
    expect(watch.wasContinued()).toBe(false);
  });

  it("with records that are no turn was not continued", async () => {
    const file = await transcriptIn("-home-me-work");
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    await appendFile(file, '{"type":"cost-state"}\nno JSON\n');
    expect(watch.wasContinued()).toBe(false);
  });

  it("that has been cut short was not left as it was", async () => {
    const file = await transcriptIn("-home-me-work");
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    await truncate(file, 3);
    expect(watch.wasContinued()).toBe(true);
  });

  it("is found under another directory's name too", async () => {
    const file = await transcriptIn("-somewhere-else-j8fha0");
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    await appendFile(file, '{"type":"assistant"}\n');
    expect(watch.wasContinued()).toBe(true);
  });

  it("that is not written yet was not continued, and was once it is", async () => {
    const watch = watchTranscript(folder, "/home/me/work", ID);
    watch.settled();
    expect(watch.wasContinued()).toBe(false);
    await transcriptIn("-home-me-work");
    expect(watch.wasContinued()).toBe(true);
  });
});

describe("private files", () => {
  it("of a hub that is gone are removed, others are left alone", async () => {
    const gone = `claude-999999999-${ID}.json`;
    const ours = `claude-${process.pid}-${ID}.json`;
    for (const name of [gone, ours, "notes.json"]) await writeFile(path.join(folder, name), "{}");
    const files = createPrivateFiles(folder);
    const written = await files.write({ a: 1 });
    expect(await readdir(folder)).not.toContain(gone);
    expect(await readdir(folder)).toEqual(
      expect.arrayContaining([ours, "notes.json", path.basename(written)]),
    );
    await files.remove(written);
    await files.remove(written);
    expect(await readdir(folder)).toHaveLength(2);
  });
});
