import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { claudeEnvironment } from "../../src/agents/claude/environment.ts";
import { hasLogin } from "../../src/agents/claude/login.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import {
  describe,
  expect,
  follow,
  it,
  launchOf,
  only,
  openAs,
  say,
  stateDirOf,
  textOf,
} from "./claude-kit.ts";

async function helperOf(sandbox: Sandbox, script: string): Promise<string> {
  const file = path.join(sandbox.root, "bin", "key-helper");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

async function openWithout(sandbox: Sandbox, env: Readonly<Record<string, string | undefined>>) {
  return openAs(sandbox, "read", {
    launch: await launchOf(sandbox, { ANTHROPIC_API_KEY: undefined, ...env }),
  });
}

describe("the login under read access", () => {
  it("is that of the user's apiKeyHelper, with the variable that it names", async ({ sandbox, driver }) => {
    const mark = path.join(sandbox.root, "asked");
    const helper = await helperOf(sandbox, `echo "$1" > '${mark}'; echo offline-model-key`);
    await sandbox.writeUserFile(
      "home/.claude/settings.json",
      JSON.stringify({ apiKeyHelper: `${helper} "$VAULT_NAME"` }),
    );
    const conversation = await driver.open(await openWithout(sandbox, { VAULT_NAME: "mine" }));
    const outcome = await say(conversation, "hello");
    expect(textOf(outcome)).toBe("You said: hello");
    expect(outcome.usage?.billed_to).toBe("api_key");
    expect(await readFile(mark, "utf8")).toBe("mine\n");
  });

  it("is never that of the project's apiKeyHelper", async ({ sandbox, driver }) => {
    const mark = path.join(sandbox.root, "asked");
    const helper = await helperOf(sandbox, `touch '${mark}'; echo offline-model-key`);
    await sandbox.writeUserFile("home/work/.claude/settings.json", JSON.stringify({ apiKeyHelper: helper }));
    const conversation = await driver.open(await openWithout(sandbox, {}));
    expect(await say(conversation, "hello")).toMatchObject({ error: { code: "agent_auth" } });
    await expect(stat(mark)).rejects.toThrow("ENOENT");
  });

  it("takes variables from the user's settings and none from the project's", async ({ sandbox, driver }) => {
    const env = {
      ANTHROPIC_API_KEY: "key-of-the-user",
      ANTHROPIC_BASE_URL: sandbox.model.url,
      PATH: "/nowhere",
    };
    await sandbox.writeUserFile("home/.claude/settings.json", JSON.stringify({ env }));
    await sandbox.writeUserFile(
      "home/work/.claude/settings.json",
      JSON.stringify({ env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" } }),
    );
    const conversation = await driver.open(await openWithout(sandbox, { ANTHROPIC_BASE_URL: undefined }));
    expect(textOf(await say(conversation, "hello"))).toBe("You said: hello");
  });

  it("is the subscription's, from the credentials file", async ({ sandbox, driver }) => {
    await logIn(sandbox);
    const conversation = await driver.open(await openWithout(sandbox, {}));
    const outcome = await say(conversation, "hello");
    expect(textOf(outcome)).toBe("You said: hello");
    expect(outcome.usage?.billed_to).toBe("subscription");
  });

  it("is the subscription's, from a token in the environment", async ({ sandbox, driver }) => {
    const request = await openWithout(sandbox, { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-offline" });
    const conversation = await driver.open(request);
    const outcome = await say(conversation, "hello");
    expect(textOf(outcome)).toBe("You said: hello");
    expect(outcome.usage?.billed_to).toBe("subscription");
  });
});

/** A subscription as `/login` leaves it on Linux. */
async function logIn(sandbox: Sandbox): Promise<void> {
  const claudeAiOauth = {
    accessToken: "sk-ant-oat01-offline",
    refreshToken: "sk-ant-ort01-offline",
    expiresAt: Date.now() + 8 * 3600_000,
    scopes: ["user:inference", "user:profile"],
    subscriptionType: "max",
  };
  await writeFile(path.join(sandbox.claudeHome, ".credentials.json"), JSON.stringify({ claudeAiOauth }));
}

describe("a subscription beside a key", () => {
  it("loses to the key in Claude Code itself, and is used where the key is withheld", async ({
    sandbox,
    driver,
  }) => {
    await logIn(sandbox);
    await sandbox.run([sandbox.clis.claude, "-p"], { input: "hello" });
    const conversation = await driver.open(await openWithout(sandbox, {}));
    await say(conversation, "hello");
    expect(sandbox.model.requests.map(({ credential }) => credential)).toEqual(["x-api-key", "bearer"]);
  });

  it("is seen from the credentials file and the environment", async ({ sandbox }) => {
    const { env } = await launchOf(sandbox);
    const file = path.join(sandbox.claudeHome, ".credentials.json");
    expect(await claudeEnvironment.hasLogin(env)).toBe(false);
    expect(await claudeEnvironment.hasLogin({ ...env, CLAUDE_CODE_OAUTH_TOKEN: "x" })).toBe(true);
    for (const useless of [
      "{}",
      "no JSON",
      '{"claudeAiOauth":{"accessToken":""}}',
      '{"claudeAiOauth":{"accessToken":"x","scopes":["user:profile"]}}',
    ]) {
      await writeFile(file, useless);
      expect([useless, await claudeEnvironment.hasLogin(env)]).toEqual([useless, false]);
    }
    await logIn(sandbox);
    expect(await claudeEnvironment.hasLogin(env)).toBe(true);
  });

  it("is seen by its account where the keychain has the rest, and only there", async ({
    sandbox,
    driver,
  }) => {
    const oauthAccount = { accountUuid: "x", emailAddress: "a@example.com", organizationUuid: "y" };
    await writeFile(path.join(sandbox.claudeHome, ".claude.json"), JSON.stringify({ oauthAccount }));
    const { env } = await launchOf(sandbox);
    expect(await Promise.all([hasLogin(env, "darwin"), hasLogin(env, "linux")])).toEqual([true, false]);
    const conversation = await driver.open(await openWithout(sandbox, {}));
    expect(await say(conversation, "hello")).toMatchObject({ error: { code: "agent_auth" } });
  });
});

describe("the limits of a subscription", () => {
  it("are told when Claude Code tells them", async ({ sandbox, driver, limits }) => {
    await logIn(sandbox);
    const resetsAt = Math.floor(Date.now() / 1000) + 3_600;
    const headers = {
      status: "allowed_warning",
      reset: String(resetsAt),
      "representative-claim": "five_hour",
      "5h-utilization": "0.915",
      "5h-reset": String(resetsAt),
      "5h-status": "allowed_warning",
      "7d-utilization": "0.34",
      "7d-reset": String(resetsAt + 86_400),
      "7d-status": "allowed",
    };
    for (const [name, value] of Object.entries(headers)) {
      sandbox.model.answerHeaders[`anthropic-ratelimit-unified-${name}`] = value;
    }
    const conversation = await driver.open(await openWithout(sandbox, {}));
    const { events, outcome } = await follow(conversation, "hello");
    expect(textOf(outcome)).toBe("You said: hello");
    expect(limits).toEqual([
      { agent: "claude", window: "5h", used_percent: 91.5, resets_at: iso(resetsAt), at: ISO },
      { agent: "claude", window: "weekly", used_percent: 34, resets_at: iso(resetsAt + 86_400), at: ISO },
    ]);
    expect(only(events, "raw")).toEqual([]);
  });
});

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

describe("a running Claude Code", () => {
  it("has no key on its command line, and its settings in a file for the user alone", async ({
    sandbox,
    driver,
  }) => {
    await sandbox.writeUserFile(
      "home/.claude/settings.json",
      JSON.stringify({ env: { ANTHROPIC_AUTH_TOKEN: "secret-of-the-user" } }),
    );
    const conversation = await driver.open(await openAs(sandbox, "read"));
    await say(conversation, "a prompt for nobody else");
    const commands = (await processesOf(sandbox.root)).map(({ command }) => command).join("\n");
    expect(commands).toContain("--output-format=stream-json");
    expect(commands).not.toMatch(/secret-of-the-user|offline-model-key|nobody else/);
    const [file = "", ...others] = await readdir(stateDirOf(sandbox));
    expect(others).toEqual([]);
    const written = path.join(stateDirOf(sandbox), file);
    expect((await stat(written)).mode & 0o777).toBe(0o600);
    expect((await stat(stateDirOf(sandbox))).mode & 0o777).toBe(0o700);
    expect(await readFile(written, "utf8")).not.toContain("secret-of-the-user");
  });
});
