import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { createServer } from "node:net";
import { once } from "node:events";
import path from "node:path";

import { codexConfig } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";
import { setTraps } from "./codex-traps.ts";

describe("read access", () => {
  it("lets the agent look around", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const seen = async (shell: string) =>
      textOf(await say(conversation, script({ shell }, { tool_result: true })));
    expect(await seen("ls")).toContain("README.md");
    expect(await seen("cat README.md")).toContain("The lighthouse is green.");
    expect(await seen("git log --oneline && git status --short && git diff")).toContain("Begin");
    expect(await seen("grep -rn lighthouse .")).toContain("README.md:3:");
    expect(await seen("rg -n lighthouse")).toContain("README.md:3:");
    await conversation.close();
  });

  it("leaves every file as it was, whatever the agent tries", async ({ sandbox, driver }) => {
    const { workspace, home, codexHome } = sandbox;
    const targets = {
      workspace: path.join(workspace, "touched"),
      home: path.join(home, "redirected"),
      git: path.join(workspace, ".git", "hooks", "post-commit"),
      codex: path.join(codexHome, "rules", "default.rules"),
      temporary: path.join(sandbox.root, "tmp", "written"),
      escalated: path.join(workspace, "escalated"),
      patched: path.join(workspace, "patched"),
    };
    const escalated = {
      cmd: `touch ${targets.escalated}`,
      sandbox_permissions: "require_escalated",
      justification: "please",
    };
    const patch = "*** Begin Patch\n*** Add File: patched\n+hello\n*** End Patch\n";
    const attempts = [
      { shell: `touch ${targets.workspace}` },
      { shell: `echo text > ${targets.home}` },
      { shell: `echo text > ${targets.git}` },
      { shell: `mkdir -p ${path.dirname(targets.codex)}; echo text > ${targets.codex}` },
      { shell: `echo text > ${targets.temporary}` },
      { shell: "echo more >> README.md; git add -A; git commit --allow-empty -m changed" },
      { call: { name: "exec_command", input: escalated } },
      { call: { name: "apply_patch", input: patch } },
    ];
    const conversation = await driver.open(openAs(sandbox, "read"));
    for (const attempt of attempts) {
      const answer = textOf(await say(conversation, script(attempt, { tool_result: true })));
      expect(answer).toMatch(/Read-only file system|No such file|rejected|reject command/);
    }
    await conversation.close();
    expect(Object.values(targets).filter((file) => existsSync(file))).toEqual([]);
    expect(await sandbox.run(["git", "status", "--short"])).toMatchObject({ stdout: "" });
    expect(await sandbox.run(["git", "log", "--format=%s"])).toMatchObject({ stdout: "Begin\n" });
  });

  it("gives commands no network", async ({ sandbox, driver }) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const conversation = await driver.open(openAs(sandbox, "read"));
    const shell = `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}' && echo connected || echo refused`;
    expect(textOf(await say(conversation, script({ shell }, { tool_result: true })))).toContain("refused");
    expect(connections).toBe(0);
    await conversation.close();
    server.close();
  });

  it("runs nothing of the user's and nothing of a trusted project's", async ({ sandbox, driver }) => {
    const traps = await setTraps(sandbox);
    await sandbox.run([sandbox.clis.codex, "exec", "-"], { input: script({ shell: "ls" }) });
    expect(await traps.sprung(), "all of it runs in the person's own Codex").toEqual([
      "hook of the project",
      "hook of the user",
      "mcp plain",
      "mcp project",
      "mcp with.dot",
      "notify",
      "profile",
    ]);
    await traps.reset();

    const conversation = await driver.open(openAs(sandbox, "read"));
    const call = script({ shell: "ls" }, { mcp: { server: "plain", tool: "write" } }, { tool_result: true });
    expect(textOf(await say(conversation, call))).toContain("unsupported call");
    await conversation.close();
    await driver.close();
    expect(await traps.sprung()).toEqual([]);
  });

  it("keeps it so when the conversation is resumed", async ({ sandbox, driver }) => {
    const traps = await setTraps(sandbox);
    const first = await driver.open(openAs(sandbox, "read"));
    await say(first, "hello");
    await first.close();
    const resumed = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    await say(resumed, script({ shell: `touch ${sandbox.workspace}/again` }));
    await resumed.close();
    await driver.close();
    expect(await traps.sprung()).toEqual([]);
    expect(existsSync(path.join(sandbox.workspace, "again"))).toBe(false);
  });

  it("runs the user's MCP servers, and no hook of theirs, where the settings say so", async ({
    sandbox,
    driver,
  }) => {
    const traps = await setTraps(sandbox);
    const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
    const conversation = await driver.open(openAs(sandbox, "read", { launch }));
    const prompt = script({ mcp: { server: "plain", tool: "write" } }, { tool_result: true });
    expect(textOf(await say(conversation, prompt))).toContain("written");
    await conversation.close();
    await driver.close();
    expect(await traps.sprung()).toEqual(["call of plain", "mcp plain", "mcp project", "mcp with.dot"]);
  });

  it("holds commands in the sandbox that the user's rules let out of it", async ({ sandbox, driver }) => {
    await sandbox.writeUserFile("home/.codex/rules/default.rules", ALLOW_TOUCH);
    const prompt = (file: string) =>
      script({ shell: `touch ${sandbox.home}/${file}` }, { tool_result: true });

    const own = await sandbox.run([sandbox.clis.codex, "exec", "-s", "read-only", "-"], {
      input: prompt("own"),
    });
    expect(own.code).toBe(0);
    expect(existsSync(path.join(sandbox.home, "own")), "the user's rule is in force").toBe(true);

    const conversation = await driver.open(openAs(sandbox, "read"));
    expect(textOf(await say(conversation, prompt("ours")))).toContain("Read-only file system");
    await conversation.close();
    expect(existsSync(path.join(sandbox.home, "ours"))).toBe(false);
  });

  it("holds commands in the sandbox that a trusted project's rules let out of it", async ({
    sandbox,
    driver,
  }) => {
    const trust = `[projects.${JSON.stringify(sandbox.workspace)}]\ntrust_level = "trusted"\n`;
    await sandbox.writeUserFile("home/.codex/config.toml", codexConfig(sandbox.model.url) + trust);
    await sandbox.writeUserFile("home/work/.codex/rules/any.rules", ALLOW_TOUCH);
    const conversation = await driver.open(openAs(sandbox, "read"));
    await say(conversation, script({ shell: `touch ${sandbox.home}/ours` }));
    await conversation.close();
    expect(existsSync(path.join(sandbox.home, "ours"))).toBe(false);
  });

  const loosened = ['sandbox_mode = "danger-full-access"', 'default_permissions = ":danger-full-access"'];
  for (const line of loosened) {
    it(`is not loosened by ${line} in the user's config`, async ({ sandbox, driver }) => {
      await sandbox.writeUserFile("home/.codex/config.toml", `${line}\n${codexConfig(sandbox.model.url)}`);
      const conversation = await driver.open(openAs(sandbox, "read"));
      await say(conversation, script({ shell: `touch ${sandbox.workspace}/loose` }));
      await conversation.close();
      expect(existsSync(path.join(sandbox.workspace, "loose"))).toBe(false);
    });
  }
});

const ALLOW_TOUCH = 'prefix_rule(pattern = ["touch"], decision = "allow")\n';

describe("write access", () => {
  it("reaches the working directory and nothing beside it", async ({ sandbox, driver }) => {
    const outside = path.join(homedir(), `outside-${path.basename(sandbox.root)}`);
    const conversation = await driver.open(openAs(sandbox, "write"));
    const attempt = async (shell: string) =>
      textOf(await say(conversation, script({ shell }, { tool_result: true })));
    await attempt("echo text > inside");
    // Codex lets a writing task use the temporary folders too, and this sandbox lies in one.
    expect(await attempt(`echo text > ${outside}`)).toMatch(/Read-only file system|Permission denied/);
    expect(await attempt("echo text > .git/hooks/post-commit")).toContain("Read-only file system");
    await conversation.close();
    expect(existsSync(path.join(sandbox.workspace, "inside"))).toBe(true);
    expect(existsSync(outside)).toBe(false);
  });

  it("is repeated when a read conversation goes on as a writing one, and back", async ({
    sandbox,
    driver,
  }) => {
    const reading = await driver.open(openAs(sandbox, "read"));
    await say(reading, script({ shell: "touch one" }));
    await reading.close();
    const { nativeId } = reading;
    const writing = await driver.open(openAs(sandbox, "write", { nativeId }));
    await say(writing, script({ shell: "touch two" }));
    await writing.close();
    const again = await driver.open(openAs(sandbox, "read", { nativeId }));
    await say(again, script({ shell: "touch three" }));
    await again.close();
    const { stdout } = await sandbox.run(["ls"]);
    expect(stdout).toBe("README.md\ntwo\n");
  });
});
