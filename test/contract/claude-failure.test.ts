import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { openFailure } from "../../src/agents/claude/failure.ts";
import { describe, expect, follow, it, launchOf, only, openAs, say, script, textOf } from "./claude-kit.ts";

describe("a failing model", () => {
  const cases = [
    { status: 400, code: "agent_error", retryable: false },
    { status: 401, code: "agent_auth", retryable: false },
    { status: 403, code: "agent_auth", retryable: false },
    { status: 429, code: "agent_rate_limited", retryable: true },
    { status: 500, code: "agent_error", retryable: true },
    { status: 503, code: "agent_error", retryable: true },
    { status: 529, code: "agent_error", retryable: true },
  ];
  for (const { status, code, retryable } of cases) {
    it(`that answers ${status} is ${code}, in Claude Code's words`, async ({ sandbox, driver }) => {
      const conversation = await driver.open(await openAs(sandbox, "read"));
      const outcome = await say(conversation, script({ fail: { status, message: "scripted words" } }));
      expect(outcome).toMatchObject({ status: "failed", error: { code, retryable } });
      expect(outcome.status === "failed" && outcome.error.message).toMatch(/^Claude Code: ./);
      expect(outcome.status === "failed" && outcome.error.hint).not.toBeNull();
    });
  }

  it("that recovers costs a warning, not the turn", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const prompt = script({ fail: { status: 529, times: 1 } }, { say: "well again" });
    const { outcome, events } = await follow(conversation, prompt);
    expect(textOf(outcome)).toBe("well again");
    expect(only(events, "warning")).toEqual([
      { message: "Claude Code tries its request again (1 of 2): 529 overloaded" },
    ]);
  });

  it("that cuts the answer is retryable", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read"));
    expect(await say(conversation, script({ cut: "half of it" }))).toMatchObject({
      status: "failed",
      error: { code: "agent_error", retryable: true },
    });
  });

  it("that cannot be reached ends the turn within seconds", async ({ sandbox, driver }) => {
    const env = { ANTHROPIC_BASE_URL: await unusedUrl() };
    const conversation = await driver.open(
      await openAs(sandbox, "read", { launch: await launchOf(sandbox, env) }),
    );
    const began = performance.now();
    expect(await say(conversation, "anybody there?")).toMatchObject({
      status: "failed",
      error: { code: "agent_error", retryable: true, message: expect.stringMatching(/refused/i) },
    });
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it("without any login is agent_auth, in Claude Code's words", async ({ sandbox, driver }) => {
    const launch = await launchOf(sandbox, { ANTHROPIC_API_KEY: undefined });
    const conversation = await driver.open(await openAs(sandbox, "read", { launch }));
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "agent_auth", message: expect.stringContaining("Not logged in") },
    });
    // The next task shall find a login that was made meanwhile.
    expect(conversation.isUsable()).toBe(false);
  });
});

describe("a conversation that cannot be opened", () => {
  it("is not found when Claude Code does not know its id", async ({ sandbox, driver }) => {
    for (const nativeId of [randomUUID(), "latest", "/etc/passwd", "--help"]) {
      await expect(driver.open(await openAs(sandbox, "read", { nativeId }))).rejects.toMatchObject({
        error: { code: "session_not_found", hint: expect.stringMatching(/new session|looks like/) },
      });
    }
    expect(sandbox.model.requests).toEqual([]);
  });

  it("is busy when Claude Code holds its id already", async ({ sandbox, driver }) => {
    const begun = await driver.open(await openAs(sandbox, "read"));
    await say(begun, "hello");
    const taken = openFailure(
      { code: 1, signal: null, error: null },
      `Error: Session ID ${begun.nativeId} is already in use.`,
    );
    expect(taken.error).toMatchObject({ code: "session_busy", hint: expect.stringContaining("ask again") });
    const again = await sandbox.run([sandbox.clis.claude, "-p", "--session-id", begun.nativeId, "hello"]);
    expect(again.stderr).toContain("is already in use");
  });

  it("is told that its directory is not there", async ({ sandbox, driver }) => {
    const cwd = `${sandbox.root}/gone`;
    await expect(driver.open(await openAs(sandbox, "read", { cwd }))).rejects.toMatchObject({
      error: { code: "invalid_argument", message: expect.stringContaining(cwd) },
    });
  });

  it("is told that its effort is none", async ({ sandbox, driver }) => {
    await expect(driver.open(await openAs(sandbox, "read", { effort: "--x" }))).rejects.toMatchObject({
      error: { code: "invalid_argument" },
    });
  });
});

/** An address where nothing listens: it was free a moment ago. */
async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
