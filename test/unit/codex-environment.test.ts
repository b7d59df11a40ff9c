import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it as plain } from "vitest";

import { codexEnvironment, variablesNamedIn } from "../../src/agents/codex/environment.ts";
import { findCodex } from "../../src/agents/codex/executable.ts";
import { pickEnvironment } from "../../src/process/environment.ts";

const it = plain.extend<{ folder: string }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from this pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), "baton-"));
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

describe("the environment of Codex", () => {
  it("has its own variables, and no mark of a Codex around it", () => {
    const caller = {
      CODEX_HOME: "/h",
      OPENAI_API_KEY: "k",
      CODEX_THREAD_ID: "t",
      CODEX_SESSION_ID: "s",
      CODEX_SANDBOX: "seatbelt",
      CODEX_SANDBOX_NETWORK_DISABLED: "1",
      CODEX_TOOL_CALL_ID: "c",
      CODEX_EXEC_SERVER_URL: "ws://elsewhere",
      ANTHROPIC_API_KEY: "other vendor",
    };
    expect(pickEnvironment(caller, codexEnvironment.own)).toEqual({ CODEX_HOME: "/h", OPENAI_API_KEY: "k" });
  });

  it("has what its configuration refers to by name", () => {
    const config = `
      [model_providers.one]
      env_key = "ONE_KEY"
      env_http_headers = { "X-Team" = "TEAM" }
      [model_providers."with.dot"]
      env_key = "DOT_KEY"
      [model_providers.broken]
      env_key = 7
      [mcp_servers.remote]
      url = "https://example.com"
      bearer_token_env_var = "TOKEN"
      [mcp_servers.local]
      command = "x"
      env_vars = ["PLAIN", { name = "NAMED", source = "local" }]
      env = { GIVEN = "value" }
      [mcp_servers.off]
      enabled = false
      bearer_token_env_var = "UNUSED"`;
    expect(variablesNamedIn(config)).toEqual(["ONE_KEY", "TEAM", "DOT_KEY", "TOKEN", "PLAIN", "NAMED"]);
  });

  for (const config of ["", "model = [", "model_providers = 3", "[mcp_servers]\nx = 1"]) {
    it(`refers to nothing in ${JSON.stringify(config)}`, () => {
      expect(variablesNamedIn(config)).toEqual([]);
    });
  }

  it("is read from CODEX_HOME, or from the home folder", async ({ folder }) => {
    await mkdir(path.join(folder, ".codex"));
    await writeFile(
      path.join(folder, ".codex", "config.toml"),
      '[model_providers.a]\nenv_key = "HOME_KEY"\n',
    );
    await writeFile(path.join(folder, "config.toml"), '[model_providers.a]\nenv_key = "CODEX_HOME_KEY"\n');
    expect(await codexEnvironment.referenced({ HOME: folder })).toEqual(["HOME_KEY"]);
    expect(await codexEnvironment.referenced({ HOME: folder, CODEX_HOME: folder })).toEqual([
      "CODEX_HOME_KEY",
    ]);
    expect(await codexEnvironment.referenced({})).toEqual([]);
  });
});

describe("npm's shim for Windows", () => {
  it("leads to the native binary below it", async ({ folder }) => {
    const shim = path.join(folder, "codex.cmd");
    const name = process.platform === "win32" ? "codex.exe" : "codex";
    const scope = path.join(folder, "node_modules", "@openai");
    const native = path.join(
      scope,
      `codex-${process.platform}-${process.arch}`,
      "vendor",
      "any-triple",
      "bin",
      name,
    );
    await file(shim, "@rem shim");
    await file(path.join(scope, "codex", "package.json"), '{"name": "@openai/codex"}');
    await file(path.join(scope, "codex", "bin", "codex.js"), "");
    await file(path.join(scope, `codex-${process.platform}-${process.arch}`, "package.json"), "{}");
    await file(native, "");
    expect(await findCodex({ env: {}, executable: shim })).toBe(native);
  });
});

async function file(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(name), { recursive: true });
  await writeFile(name, text, { mode: 0o755 });
}
