import { globSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Sandbox } from "../../testkit/sandbox.ts";
import {
  describe,
  expect,
  it,
  launchOf,
  openAs,
  say,
  script,
  stateDirOf,
  toolsIn,
  turnsOf,
} from "./gemini-kit.ts";

const PLENTY = 60_000;

/** An MCP server that says by a file that it was started. */
async function serverIn(sandbox: Sandbox, name: string): Promise<Readonly<Record<string, unknown>>> {
  const started = path.join(sandbox.root, `${name}-started`);
  return { command: "touch", args: [started], env: { KEY_OF_SERVER: "$KEY_OF_SERVER" } };
}

describe("Baton's home for Gemini CLI", { timeout: PLENTY }, () => {
  it("has the person's login, model, gateway and memory, and nothing that runs or allows", async ({
    sandbox,
    driver,
  }) => {
    const hook = { type: "command", command: `touch ${path.join(sandbox.root, "hooked")}` };
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      model: { name: "gemini-2.5-pro" },
      context: { fileName: ["GEMINI.md", "NOTES.md"] },
      hooks: { BeforeAgent: [{ hooks: [hook] }] },
      general: { defaultApprovalMode: "auto_edit" },
      tools: { exclude: ["glob"] },
      mcpServers: { theirs: await serverIn(sandbox, "theirs") },
    };
    await sandbox.writeUserFile(
      "home/.gemini/settings.json",
      `// the person's own\n${JSON.stringify(settings)}`,
    );
    await sandbox.writeUserFile("home/.gemini/GEMINI.md", "Herons are grey.\n");
    await sandbox.writeUserFile("home/.gemini/NOTES.md", "Egrets are white.\n");
    const { GEMINI_API_KEY: key = "", ...keyless } = sandbox.env;
    await sandbox.writeUserFile("home/.gemini/.env", `GEMINI_API_KEY=${key}\n`);
    const conversation = await driver.open(
      openAs(sandbox, "read", { launch: launchOf(sandbox, { env: keyless }) }),
    );
    await say(conversation, "hello");
    const [request] = sandbox.model.requests;
    expect(sandbox.model.requests).toHaveLength(1);
    expect(request).toMatchObject({ model: "gemini-2.5-pro", credential: "x-goog-api-key" });
    const told = JSON.stringify(request?.body);
    expect(told).toContain("Herons are grey.");
    expect(told).toContain("Egrets are white.");
    expect(toolsIn(request)).not.toContain("glob");
    const names = await readdir(sandbox.root);
    expect(names).not.toContain("hooked");
    expect(names).not.toContain("theirs-started");
    const files = globSync("**/*", { cwd: stateDirOf(sandbox), withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile() && /settings|rules/.test(entry.parentPath))) {
      expect((await stat(path.join(file.parentPath, file.name))).mode & 0o077).toBe(0);
    }
  });

  it("starts the person's own servers only where the config says so, and Baton never", async ({
    sandbox,
    driver,
  }) => {
    const mcpServers = {
      theirs: await serverIn(sandbox, "theirs"),
      other: { command: "/usr/local/bin/baton", args: ["mcp"] },
    };
    await sandbox.writeUserFile(
      "home/.gemini/settings.json",
      JSON.stringify({ security: { auth: { selectedType: "gemini-api-key" } }, mcpServers }),
    );
    const settings = { mcp_servers: true, project_config: false };
    const conversation = await driver.open(
      openAs(sandbox, "write", { launch: launchOf(sandbox, { settings }) }),
    );
    await say(conversation, "hello");
    expect(await readdir(sandbox.root)).toContain("theirs-started");
    const [written = ""] = globSync("gemini/*/.gemini/settings.json", { cwd: stateDirOf(sandbox) });
    const home = JSON.parse(await readFile(path.join(stateDirOf(sandbox), written), "utf8"));
    expect(Object.keys(home.mcpServers)).toEqual(["theirs"]);
  });

  it.runIf(process.platform === "linux")(
    "keeps what quotes a prompt out of everybody's temporary folder, and clears it away",
    async ({ sandbox, driver }) => {
      const { TMPDIR: _shared, ...env } = sandbox.env;
      const refused = script({ fail: { status: 400 } });
      const open = () => driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
      await say(await open(), refused);
      const [report = ""] = globSync("gemini/*/tmp/gemini-client-error-*.json", { cwd: stateDirOf(sandbox) });
      const file = path.join(stateDirOf(sandbox), report);
      expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
      await utimes(file, new Date(0), new Date(0));
      await open();
      expect(await readdir(path.dirname(file))).not.toContain(path.basename(file));
    },
  );

  it("leaves a repository's hooks and settings to the person's trust in it", async ({ sandbox, driver }) => {
    const hooked = path.join(sandbox.root, "hooked");
    await mkdir(path.join(sandbox.workspace, ".gemini"));
    await writeFile(
      path.join(sandbox.workspace, ".gemini", "settings.json"),
      JSON.stringify({
        hooks: { BeforeAgent: [{ hooks: [{ type: "command", command: `touch ${hooked}` }] }] },
        tools: { allowed: ["run_shell_command", "write_file"] },
        mcpServers: { theirs: await serverIn(sandbox, "project") },
      }),
    );
    const attempt = script({ shell: "touch made" }, { say: "done" });
    await say(await driver.open(openAs(sandbox, "read")), attempt);
    expect(turnsOf(sandbox)).not.toHaveLength(0);
    expect(await readdir(sandbox.root)).toContain("hooked");
    expect(await readdir(sandbox.root)).not.toContain("project-started");
    expect(await readdir(sandbox.workspace)).not.toContain("made");
    await rm(hooked);
    await sandbox.writeUserFile("home/.gemini/trustedFolders.json", "{}");
    await say(await driver.open(openAs(sandbox, "write")), attempt);
    expect(await readdir(sandbox.root)).not.toContain("hooked");
  });
});
