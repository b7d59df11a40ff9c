import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { createGeminiDriver } from "../../src/agents/gemini/driver.ts";
import { homeOf } from "../../src/agents/gemini/home.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { it } from "../../testkit/vitest.ts";
import { describe, expect, openAs, say, script, stateDirOf, textOf } from "./gemini-kit.ts";

const PLENTY = 90_000;
const HISTORY = script({ history: true });

/** A driver of its own, as a hub that was started anew has one. */
async function withDriver<T>(
  sandbox: Sandbox,
  use: (driver: ReturnType<typeof createGeminiDriver>) => Promise<T>,
): Promise<T> {
  const driver = createGeminiDriver({ stateDir: stateDirOf(sandbox) });
  try {
    return await use(driver);
  } finally {
    await driver.close();
  }
}

async function goOn(sandbox: Sandbox, nativeId: string, more: Parameters<typeof openAs>[2] = {}) {
  return withDriver(sandbox, async (driver) => {
    const conversation = await driver.open(openAs(sandbox, "read", { nativeId, ...more }));
    return textOf(await say(conversation, `${more.model ?? ""} ${HISTORY}`));
  });
}

/** Every file below a folder, with what is in it. */
async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const files = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [
      file,
      createHash("sha256")
        .update(await readFile(file))
        .digest("hex"),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

describe("a conversation of Gemini CLI", { timeout: PLENTY }, () => {
  it("is there after every new start, also within the minute in which it was made, and after a crash", async ({
    sandbox,
  }) => {
    // A project that is trusted switches on what Baton's home for Gemini has off.
    await mkdir(path.join(sandbox.workspace, ".gemini"));
    await writeFile(
      path.join(sandbox.workspace, ".gemini", "settings.json"),
      JSON.stringify({ general: { sessionRetention: { enabled: true, maxAge: "30d" } } }),
    );
    const id = await withDriver(sandbox, async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      await say(conversation, "the word is heron");
      process.kill(Number(conversation.pid), "SIGKILL");
      return conversation.nativeId;
    });
    const first = await goOn(sandbox, id);
    expect(first).toContain("user: the word is heron\nassistant: You said: the word is heron");
    // What was replayed on taking it up stands in the model's history once, and in no answer of the turn.
    expect(first.split("assistant:")).toHaveLength(2);
    // Another conversation begins in between: that is when Gemini CLI clears away.
    await withDriver(sandbox, async (driver) => say(await driver.open(openAs(sandbox, "write")), "another"));
    const elsewhere = path.join(sandbox.home, "elsewhere");
    await mkdir(elsewhere);
    expect(await goOn(sandbox, id, { cwd: elsewhere })).toContain("the word is heron");
    const last = await goOn(sandbox, id);
    expect(last.match(/user: the word is heron/g)).not.toBeNull();
    expect(last.match(/SCRIPT/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("of the person's own goes on in a copy: theirs stays as it is, and usable", async ({ sandbox }) => {
    const begun = await sandbox.run(["gemini", "-o", "json", "--prompt=mine is egret"]);
    const id = String(JSON.parse(begun.stdout).session_id);
    const before = await contentsOf(sandbox.geminiHome);
    expect(await goOn(sandbox, id)).toContain("user: mine is egret");
    expect(await goOn(sandbox, id)).toContain("SCRIPT");
    expect(await contentsOf(sandbox.geminiHome)).toEqual(before);
    const theirs = await sandbox.run(["gemini", "-o", "json", "--resume", id, `--prompt=${HISTORY}`]);
    expect(JSON.parse(theirs.stdout).response).toBe(
      `user: mine is egret\nassistant: You said: mine is egret\nuser: ${HISTORY}`,
    );
  });

  it("opens in the person's own CLI with the home that is named for it", async ({ sandbox }) => {
    const places = { HOME: sandbox.home, GEMINI_CLI_HOME: null };
    const { id, argv, env } = await withDriver(sandbox, async (driver) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      await say(conversation, "the word is heron");
      const { nativeId } = conversation;
      return {
        id: nativeId,
        argv: driver.resumeArgv(nativeId) ?? [],
        env: driver.resumeEnvironment(places),
      };
    });
    const [program = "", ...args] = argv;
    const opened = await sandbox.run([program, ...args, "-o", "json", `--prompt=${HISTORY}`], {
      env: { ...sandbox.env, ...env },
    });
    expect(JSON.parse(opened.stdout).response).toContain("user: the word is heron");
    // Baton sees what was said there, and so does it when it is called from within that home.
    expect(await goOn(sandbox, id)).toContain("assistant: user: the word is heron");
    expect(homeOf(stateDirOf(sandbox), { ...places, ...env })).toBe(env["GEMINI_CLI_HOME"]);
  });

  it("that is unknown, or that never got an answer, is not found", async ({ sandbox }) => {
    await withDriver(sandbox, async (driver) => {
      const begun = await driver.open(openAs(sandbox, "read"));
      await begun.close();
      for (const nativeId of [begun.nativeId, "7b0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a11"]) {
        await expect(driver.open(openAs(sandbox, "read", { nativeId }))).rejects.toMatchObject({
          error: { code: "session_not_found" },
        });
      }
    });
  });
});
