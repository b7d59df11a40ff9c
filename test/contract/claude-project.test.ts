import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Access } from "../../src/contracts/task.ts";
import type { Driver } from "../../src/agents/driver.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, follow, it, launchOf, markFolder, only, openAs, script } from "./claude-kit.ts";

const ALLOWED = { shell: "python3 -c \"open('made','w')\"" };

/** A repository, and a user, whose configuration leaves marks and allows something. */
async function configure(sandbox: Sandbox, user: object = {}): Promise<void> {
  const marks = await markFolder(sandbox);
  const mark = (name: string) => `touch ${path.join(marks, name)}`;
  const hooks = (name: string) => ({ Stop: [{ hooks: [{ type: "command", command: mark(name) }] }] });
  const server = (name: string) => ({ command: "touch", args: [path.join(marks, name)] });
  const work = (file: string, value: object) =>
    sandbox.writeUserFile(`home/work/${file}`, JSON.stringify(value));
  await sandbox.writeUserFile(
    "home/.claude/settings.json",
    JSON.stringify({ hooks: hooks("user-hook"), permissions: { allow: ["Bash(perl:*)"] }, ...user }),
  );
  await work(".claude/settings.json", {
    hooks: hooks("project-hook"),
    permissions: { allow: ["Bash(python3:*)"], deny: ["Bash(wc:*)"] },
    env: { BASH_ENV: "/evil" },
    apiKeyHelper: mark("project-helper"),
  });
  await work(".claude/settings.local.json", { hooks: hooks("local-hook") });
  await work(".mcp.json", {
    mcpServers: {
      wanted: server("wanted-server"),
      unwanted: server("unwanted-server"),
      bridge: { command: "npx", args: ["baton-bridge", path.join(marks, "baton")] },
      baton: server("baton"),
    },
  });
  await writeFile(
    path.join(sandbox.claudeHome, ".claude.json"),
    JSON.stringify({ mcpServers: { mine: server("user-server") } }),
  );
}

async function marksOf(sandbox: Sandbox, driver: Driver, access: Access, project_config: boolean) {
  const launch = { ...(await launchOf(sandbox)), settings: { mcp_servers: false, project_config } };
  const conversation = await driver.open(await openAs(sandbox, access, { launch }));
  const steps = [ALLOWED, { shell: "perl -e 1" }, { shell: "wc README.md" }];
  const { events } = await follow(conversation, script(...steps, { say: "end" }));
  await conversation.close();
  return {
    outcomes: only(events, "tool.finished").map(({ outcome }) => outcome),
    marks: await readdir(await markFolder(sandbox)),
  };
}

const NOTHING = { outcomes: ["denied", "denied", "denied"], marks: [] };

describe("a repository's own configuration", () => {
  it("holds where the config of Baton lets it, without the user's and without Baton itself", async ({
    sandbox,
    driver,
  }) => {
    await configure(sandbox);
    expect(await marksOf(sandbox, driver, "write", true)).toEqual({
      outcomes: ["ok", "denied", "denied"],
      marks: ["local-hook", "project-hook", "unwanted-server", "wanted-server"],
    });
  });

  it("holds without what the user has switched off", async ({ sandbox, driver }) => {
    await configure(sandbox, { disableAllHooks: true, disabledMcpjsonServers: ["unwanted"] });
    const { marks } = await marksOf(sandbox, driver, "write", true);
    expect(marks).toEqual(["wanted-server"]);
  });

  it("holds under read access never", async ({ sandbox, driver }) => {
    await configure(sandbox);
    expect(await marksOf(sandbox, driver, "read", true)).toEqual(NOTHING);
  });

  it("does not hold unless it is let in", async ({ sandbox, driver }) => {
    await configure(sandbox);
    expect(await marksOf(sandbox, driver, "write", false)).toEqual(NOTHING);
  });
});
