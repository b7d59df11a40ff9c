import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";

import { describe, expect, follow, it, launchOf, only, openAs, say, script } from "./claude-kit.ts";

describe("a folder that no agent has to read", () => {
  for (const access of ["read", "write", "full"] as const) {
    it(`is kept from the file tools and from commands that name it, under ${access} access`, async ({
      sandbox,
      driver,
    }) => {
      const token = path.join(sandbox.batonHome, "token");
      await writeFile(token, "the token of the hub\n");
      const link = path.join(sandbox.root, "link to the state");
      await symlink(sandbox.batonHome, link);
      // Its directory holds the folder: what keeps it away is no rule about the outside.
      const launch = { ...(await launchOf(sandbox)), privateFolders: [link] };
      const conversation = await driver.open(await openAs(sandbox, access, { launch, cwd: sandbox.root }));
      const made = path.join(sandbox.batonHome, "made");
      const steps = [
        { call: { name: "Read", input: { file_path: token } } },
        { call: { name: "Read", input: { file_path: path.join(link, "token") } } },
        { shell: `cat ${token}` },
        { shell: "cat state/token" },
        { shell: "head -1 state/token" },
        { shell: "grep hub state/token" },
        { shell: "cd state && cat token" },
        { call: { name: "Write", input: { file_path: made, content: "x" } } },
        { shell: `echo x > ${made}` },
      ];
      const { events } = await follow(conversation, script(...steps, { say: "end" }));
      const finished = only(events, "tool.finished");
      expect(steps.filter((_, index) => finished[index]?.outcome === "ok")).toEqual([]);
      expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).not.toContain("the token of the hub");
      expect(existsSync(made)).toBe(false);
    });
  }
});

describe("the depth of a task", () => {
  it("is told to commands and to the user's servers, whatever the caller had", async ({
    sandbox,
    driver,
  }) => {
    const marks = path.join(sandbox.root, "marks");
    await mkdir(marks);
    const mine = { command: "sh", args: ["-c", `printenv BRIDGE_DEPTH > '${marks}/server'`] };
    await writeFile(path.join(sandbox.claudeHome, ".claude.json"), JSON.stringify({ mcpServers: { mine } }));
    await sandbox.writeUserFile("home/.claude/settings.json", '{"env":{"BRIDGE_DEPTH":"0"}}');
    const { env } = await launchOf(sandbox);
    const settings = { mcp_servers: true, project_config: false };
    const launch = { ...(await launchOf(sandbox)), env: { ...env, BRIDGE_DEPTH: "7" }, settings };
    const conversation = await driver.open(await openAs(sandbox, "full", { launch, depth: 2 }));
    await say(conversation, script({ shell: `printenv BRIDGE_DEPTH > '${marks}/shell'` }, { say: "end" }));
    for (const who of ["server", "shell"]) {
      expect([who, await readFile(path.join(marks, who), "utf8")]).toEqual([who, "2\n"]);
    }
  });
});
