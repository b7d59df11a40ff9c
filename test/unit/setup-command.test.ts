import { chmod, mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { startCommand } from "../../src/setup/start-command.ts";
import { neededVariables } from "../../src/setup/variables.ts";

const folder = async () => realpath(await mkdtemp(path.join(tmpdir(), "setup-")));

/** A script at a path, with `baton` on the search path that leads to it. */
async function installed(...parts: readonly string[]) {
  const root = await folder();
  const script = path.join(root, ...parts, "bin", "baton");
  await mkdir(path.dirname(script), { recursive: true });
  await writeFile(script, "");
  await chmod(script, 0o755);
  const bin = path.join(root, "path");
  await mkdir(bin);
  await symlink(script, path.join(bin, "baton"));
  return { script, link: path.join(bin, "baton"), env: { PATH: bin } };
}

describe("how an agent starts Baton", () => {
  it("is its name where it is installed on the path", async () => {
    const { link, env } = await installed("lib", "node_modules", "baton-bridge");
    expect(await startCommand(link, env)).toEqual({ command: "baton", args: ["mcp"] });
  });

  it("is its path where the path that is searched does not have it, and in a clone", async () => {
    const { script } = await installed("lib", "node_modules", "baton-bridge");
    expect(await startCommand(script, { PATH: "/nowhere" })).toEqual({ command: script, args: ["mcp"] });
    const clone = await installed("clone");
    expect(await startCommand(clone.script, clone.env)).toEqual({ command: clone.script, args: ["mcp"] });
  });

  it("is npx where npx has brought it", async () => {
    const { script, env } = await installed("_npx", "1a2b", "node_modules", "baton-bridge");
    expect(await startCommand(script, env)).toEqual({ command: "npx", args: ["-y", "baton-bridge", "mcp"] });
  });

  it("says a home and a config of one's own", async () => {
    const { script } = await installed("clone");
    const { args } = await startCommand(script, { BATON_HOME: "/h", BATON_CONFIG: "/c.toml" });
    expect(args).toEqual(["mcp", "--home", "/h", "--config", "/c.toml"]);
  });
});

describe("the variables that are named for a client", () => {
  it("are the usual ones, and what is set for an agent or a network", async () => {
    const env = { HOME: await folder(), ANTHROPIC_MODEL: "m", https_proxy: "http://p", SECRET: "s" };
    const names = await neededVariables(env);
    expect(names).toEqual(expect.arrayContaining(["ANTHROPIC_API_KEY", "ANTHROPIC_MODEL", "https_proxy"]));
    for (const name of ["SECRET", "HOME", "PATH"]) expect(names).not.toContain(name);
  });

  it("do not have a key whose agent has a login of its own, which it would be billed in place of", async () => {
    const names = await neededVariables({
      HOME: await folder(),
      ANTHROPIC_API_KEY: "k",
      CLAUDE_CODE_OAUTH_TOKEN: "t",
    });
    expect(names).not.toContain("ANTHROPIC_API_KEY");
    expect(names).toContain("OPENAI_API_KEY");
  });
});
