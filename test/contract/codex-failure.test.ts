import { writeFile } from "node:fs/promises";
import path from "node:path";

import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, script } from "./codex-kit.ts";

describe("a failing model", () => {
  const cases = [
    { status: 401, code: "agent_auth", retryable: false },
    { status: 403, code: "agent_auth", retryable: false },
    { status: 429, code: "agent_rate_limited", retryable: true },
    { status: 500, code: "agent_error", retryable: true },
    { status: 503, code: "agent_error", retryable: true },
    { status: 400, code: "agent_error", retryable: false },
    { status: 404, code: "agent_error", retryable: false },
  ];
  for (const { status, code, retryable } of cases) {
    it(`that answers ${status} is ${code}, in Codex's words`, async ({ sandbox, driver }) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      const outcome = await say(conversation, script({ fail: { status, message: "scripted words" } }));
      expect(outcome).toMatchObject({ status: "failed", error: { code, retryable } });
      expect(outcome.status === "failed" && outcome.error.message).toMatch(
        status === 429 ? /429 Too Many Requests/ : status === 500 ? /high demand/ : /scripted words/,
      );
      expect(outcome.status === "failed" && outcome.error.hint).not.toBeNull();
      await conversation.close();
    });
  }

  it("that cuts the stream is retryable once Codex has given up", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    expect(await say(conversation, script({ cut: "half of it" }))).toMatchObject({
      status: "failed",
      error: { code: "agent_error", retryable: true, message: expect.stringMatching(/stream disconnected/) },
    });
    await conversation.close();
  });

  it("is gone from the next turn when it has recovered", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    await say(conversation, script({ fail: { status: 429 } }));
    expect(await say(conversation, script({ say: "well again" }))).toMatchObject({ answer: "well again" });
    await conversation.close();
  });

  it(
    "that does not listen ends the turn within half a minute",
    { timeout: 60_000 },
    async ({ sandbox, driver }) => {
      const env = await withConfig(sandbox, unreachableProvider());
      const conversation = await driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
      const began = performance.now();
      expect(await say(conversation, "anybody there?")).toMatchObject({
        status: "failed",
        error: { code: "agent_error", retryable: true, message: expect.stringMatching(/Connection failed/) },
      });
      expect(performance.now() - began).toBeLessThan(40_000);
      await conversation.close();
    },
  );

  it("that never answers ends the turn after Codex's own limit for silence", async ({ sandbox, driver }) => {
    const config = codexConfig(sandbox.model.url).replace(
      /^(.*_max_retries)/m,
      "stream_idle_timeout_ms = 300\n$1",
    );
    const env = await withConfig(sandbox, config);
    const conversation = await driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
    expect(await say(conversation, script({ hang: true }))).toMatchObject({
      status: "failed",
      error: { code: "agent_error", retryable: true },
    });
    await conversation.close();
  });

  it("whose key is missing is agent_auth and names the variable", async ({ sandbox, driver }) => {
    const { MODEL_KEY: _, ...env } = sandbox.env;
    const conversation = await driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "agent_auth", message: expect.stringContaining("MODEL_KEY") },
    });
    await conversation.close();
  });
});

describe("a Codex without login", () => {
  it("is refused before a turn can hang on the network", async ({ sandbox, driver }) => {
    const env = await withConfig(sandbox, "");
    await expect(
      driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) })),
    ).rejects.toMatchObject({ error: { code: "agent_auth", hint: expect.stringContaining("codex login") } });
  });

  it("can be used as soon as the person has logged in", async ({ sandbox, driver }) => {
    const env = await withConfig(sandbox, "");
    const launch = launchOf(sandbox, { env });
    await expect(driver.open(openAs(sandbox, "read", { launch }))).rejects.toThrow();
    await writeFile(
      path.join(env.CODEX_HOME, "auth.json"),
      JSON.stringify({ OPENAI_API_KEY: "sk-of-a-test" }),
      {
        mode: 0o600,
      },
    );
    const conversation = await driver.open(openAs(sandbox, "read", { launch }));
    await conversation.close();
  });
});

/** An environment with a CODEX_HOME of its own. */
async function withConfig(
  sandbox: Sandbox,
  config: string,
): Promise<Record<string, string> & { CODEX_HOME: string }> {
  const file = await sandbox.writeUserFile("home/.codex-other/config.toml", config);
  return { ...sandbox.env, CODEX_HOME: path.dirname(file) };
}

/** A provider without retry settings: Codex's defaults apply. Nobody is ever given port 1, unlike one that was just free. */
function unreachableProvider(): string {
  return codexConfig("http://127.0.0.1:1")
    .split("\n")
    .filter((line) => !line.includes("_max_retries"))
    .join("\n");
}
