import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Launch } from "../../src/agents/driver.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, script } from "./gemini-kit.ts";

const PLENTY = 90_000;
const CASES = [
  { status: 400, code: "agent_error", retryable: false },
  { status: 401, code: "agent_auth", retryable: false },
  { status: 403, code: "agent_auth", retryable: false },
  { status: 429, code: "agent_rate_limited", retryable: true },
  { status: 500, code: "agent_error", retryable: true },
];

describe("a model that fails", { timeout: PLENTY }, () => {
  it("ends the turn with the right code, in its words and soon", async ({ sandbox, driver }) => {
    const began = performance.now();
    const outcomes = CASES.map(async ({ status }) => {
      const conversation = await driver.open(openAs(sandbox, "read"));
      const outcome = await say(conversation, script({ fail: { status, message: `refused ${status}` } }));
      await conversation.close();
      return outcome;
    });
    const expected = CASES.map(({ status, code, retryable }) => ({
      status: "failed",
      error: { code, retryable, message: expect.stringMatching(`^Gemini CLI: .*${status}`) },
    }));
    expect(await Promise.all(outcomes)).toMatchObject(expected);
    expect(performance.now() - began).toBeLessThan(40_000);
  });

  it("does not pass half an answer off as a whole one, nor wait for a dead host for minutes", async ({
    sandbox,
    driver,
  }) => {
    const dead = { ...sandbox.env, GOOGLE_GEMINI_BASE_URL: "http://127.0.0.1:9" };
    const [whole, unreachable] = await Promise.all([
      driver.open(openAs(sandbox, "read")),
      driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env: dead }) })),
    ]);
    const began = performance.now();
    const [cut, refused] = await Promise.all([
      say(whole, script({ cut: "half an ans" })),
      say(unreachable, "anybody there?"),
    ]);
    expect(cut).toMatchObject({ status: "failed", error: { code: "agent_error", retryable: true } });
    expect(refused).toMatchObject({ status: "failed", error: { code: "agent_error", retryable: true } });
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(await say(whole, script({ say: "well again" }))).toMatchObject({ answer: "well again" });
  });
});

describe("a Gemini CLI that cannot work", { timeout: PLENTY }, () => {
  const refusal = async (sandbox: Sandbox, launch: Partial<Launch>) =>
    openAs(sandbox, "read", { launch: launchOf(sandbox, launch) });

  it("says what is missing: the key, the login, the program, a newer one", async ({ sandbox, driver }) => {
    const { GEMINI_API_KEY: _key, ...keyless } = sandbox.env;
    await expect(driver.open(await refusal(sandbox, { env: keyless }))).rejects.toMatchObject({
      error: { code: "agent_auth", hint: expect.stringContaining("GEMINI_API_KEY") },
    });

    const elsewhere = path.join(sandbox.root, "google");
    const settings = { security: { auth: { selectedType: "oauth-personal" } } };
    await sandbox.writeUserFile("google/.gemini/settings.json", JSON.stringify(settings));
    await expect(
      driver.open(await refusal(sandbox, { env: { ...sandbox.env, GEMINI_CLI_HOME: elsewhere } })),
    ).rejects.toMatchObject({ error: { code: "agent_auth", message: expect.stringContaining("Google") } });

    await expect(driver.open(await refusal(sandbox, { executable: "/no/gemini" }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", hint: expect.stringContaining("npm install") },
    });

    const old = path.join(sandbox.root, "old-gemini");
    await writeFile(old, "#!/bin/sh\necho 'Unknown argument: acp' >&2\nexit 1\n");
    await chmod(old, 0o700);
    await expect(driver.open(await refusal(sandbox, { executable: old }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("Unknown argument: acp") },
    });
  });

  it("names the models that it has when it is asked for another", async ({ sandbox, driver }) => {
    await expect(driver.open(openAs(sandbox, "read", { model: "nonesuch" }))).rejects.toMatchObject({
      error: { code: "invalid_argument", hint: expect.stringContaining("gemini-2.5-pro") },
    });
    const chosen = await driver.open(openAs(sandbox, "read", { model: "gemini-2.5-pro" }));
    await say(chosen, "hello");
    expect(sandbox.model.requests.map(({ model }) => model)).toEqual(["gemini-2.5-pro"]);
  });
});
