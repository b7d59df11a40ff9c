import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { codexEnvironment } from "../../src/agents/codex/environment.ts";
import { withDirectLoopback } from "../../src/agents/environment.ts";

const tokens = { id_token: "i", access_token: "a", refresh_token: "r" };

describe("a login of Codex's own", () => {
  const files: [string, boolean, unknown][] = [
    ["a ChatGPT login", true, { auth_mode: "chatgpt", tokens }],
    ["a ChatGPT login beside a key", true, { auth_mode: "chatgpt", OPENAI_API_KEY: "k", tokens }],
    ["tokens without a mode", true, { OPENAI_API_KEY: null, tokens }],
    ["a key and tokens without a mode", false, { OPENAI_API_KEY: "k", tokens }],
    ["a key", false, { auth_mode: "apikey", OPENAI_API_KEY: "k", tokens: null }],
    ["no JSON", false, undefined],
  ];
  for (const [what, is, file] of files) {
    it(`is ${is ? "" : "not "}there with ${what} in auth.json`, async () => {
      const home = await mkdtemp(path.join(tmpdir(), "codex-login-"));
      await writeFile(path.join(home, "auth.json"), JSON.stringify(file) ?? "{");
      expect(await codexEnvironment.hasLogin({ CODEX_HOME: home })).toBe(is);
      await rm(home, { recursive: true });
    });
  }

  it("is there with an access token and no file", async () => {
    const env = { CODEX_HOME: path.join(tmpdir(), "no-such-folder") };
    expect(await codexEnvironment.hasLogin(env)).toBe(false);
    expect(await codexEnvironment.hasLogin({ ...env, CODEX_ACCESS_TOKEN: "t" })).toBe(true);
  });
});

describe("the way to this machine", () => {
  it("leads past a proxy, beside what the user has excepted", () => {
    const env = { HTTPS_PROXY: "http://proxy", no_proxy: "example.com" };
    const direct = "example.com,127.0.0.1,localhost,::1";
    expect(withDirectLoopback(env)).toEqual({ ...env, NO_PROXY: direct, no_proxy: direct });
  });

  it("is left alone where there is no proxy", () => {
    expect(withDirectLoopback({ PATH: "/bin" })).toEqual({ PATH: "/bin" });
  });
});
