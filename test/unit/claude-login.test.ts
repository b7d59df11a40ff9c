import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { hasLogin } from "../../src/agents/claude/login.ts";

const LOGIN = JSON.stringify({ claudeAiOauth: { accessToken: "a", scopes: ["user:inference"] } });
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "claude-login-"));
  await writeFile(path.join(folder, ".credentials.json"), LOGIN);
});
afterEach(() => rm(folder, { recursive: true }));

describe("a login of Claude Code", () => {
  it.for([
    [undefined, true],
    ["https://api.anthropic.com", true],
    ["http://127.0.0.1:8080", true],
    ["http://localhost:4000/v1", true],
    ["https://gateway.example.com", false],
    ["https://anthropic.com.example.com", false],
  ] as const)("pays where it talks to %s: %s", async ([url, pays]) => {
    const env = { CLAUDE_CONFIG_DIR: folder, ...(url === undefined ? {} : { ANTHROPIC_BASE_URL: url }) };
    expect(await hasLogin(env, "linux")).toBe(pays);
  });

  it("does not pay where the user's own settings name a gateway", async () => {
    const settings = { env: { ANTHROPIC_BASE_URL: "https://gateway.example.com" } };
    await writeFile(path.join(folder, "settings.json"), JSON.stringify(settings));
    expect(await hasLogin({ CLAUDE_CONFIG_DIR: folder }, "linux")).toBe(false);
  });
});
