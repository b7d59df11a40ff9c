import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, stateDirOf, textOf } from "./claude-kit.ts";

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
    const claudeAiOauth = {
      accessToken: "sk-ant-oat01-offline",
      refreshToken: "sk-ant-ort01-offline",
      expiresAt: Date.now() + 8 * 3600_000,
      scopes: ["user:inference", "user:profile"],
      subscriptionType: "max",
    };
    await writeFile(path.join(sandbox.claudeHome, ".credentials.json"), JSON.stringify({ claudeAiOauth }));
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
