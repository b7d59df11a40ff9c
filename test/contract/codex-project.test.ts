import { mkdir } from "node:fs/promises";
import path from "node:path";

import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { startMcpHttp, type McpHttpServer } from "../support/recording-mcp.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";

const server = (name: string, { url }: McpHttpServer) => `[mcp_servers.${name}]\nurl = "${url}"\n`;
const use = (name: string) => script({ mcp: { server: name, tool: "look" } }, { tool_result: true });
const settings = { mcp_servers: false, project_config: true };

describe("the configuration of a repository that the user has not trusted", () => {
  it("holds where the settings say so, and nothing is marked as trusted", async ({ sandbox, driver }) => {
    const { mcp, nested } = await configure(sandbox);
    const launch = launchOf(sandbox, { settings });
    for (const access of ["read", "write"] as const) {
      const conversation = await driver.open(openAs(sandbox, access, { launch, cwd: nested }));
      const said = async (name: string) => textOf(await say(conversation, use(name)));
      expect(await said("project")).toContain("did look");
      expect(await said("nested")).toContain("did look");
      // What the user has defined is theirs, whatever a repository adds to it.
      expect(await said("mine")).toContain("unsupported call");
      expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).toContain("Count in dozens.");
      await conversation.close();
    }
    await mcp.close();
    // The sandbox itself holds that the user's config.toml has not changed.
  });

  it("does not hold otherwise, also with the user's own servers", async ({ sandbox, driver }) => {
    const { mcp, nested } = await configure(sandbox);
    const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
    const conversation = await driver.open(openAs(sandbox, "read", { launch, cwd: nested }));
    expect(textOf(await say(conversation, use("project")))).toContain("unsupported call");
    expect(textOf(await say(conversation, use("mine")))).toContain("did look");
    expect(JSON.stringify(sandbox.model.requests.at(-1)?.body)).not.toContain("Count in dozens.");
    await conversation.close();
    await mcp.close();
  });

  it("does not bring Baton's own server of the repository along", async ({ sandbox, driver }) => {
    const mcp = await startMcpHttp();
    await sandbox.writeUserFile("home/work/.codex/config.toml", server("baton", mcp));
    const launch = launchOf(sandbox, { settings });
    const tools = { url: mcp.url, credential: "ours", command: ["baton"] as const };
    const conversation = await driver.open(openAs(sandbox, "read", { launch, tools }));
    expect(textOf(await say(conversation, use("baton")))).toContain("unsupported call");
    expect(textOf(await say(conversation, use("baton_hub")))).toContain("did look");
    await conversation.close();
    await mcp.close();
  });

  it("lets no command of a reading conversation out of the sandbox by its rules", async ({
    sandbox,
    driver,
  }) => {
    const rule = 'prefix_rule(pattern = ["touch"], decision = "allow")\n';
    await sandbox.writeUserFile("home/work/.codex/rules/any.rules", rule);
    const launch = launchOf(sandbox, { settings, privateFolders: [] });
    const conversation = await driver.open(openAs(sandbox, "read", { launch }));
    const attempt = script({ shell: `touch ${sandbox.home}/out` }, { tool_result: true });
    expect(textOf(await say(conversation, attempt))).toContain("Read-only file system");
    await conversation.close();
  });
});

/** A repository with a folder in it, each with a server of its own, and a user with another. */
async function configure(sandbox: Sandbox): Promise<{ mcp: McpHttpServer; nested: string }> {
  const mcp = await startMcpHttp();
  await sandbox.writeUserFile(
    "home/.codex/config.toml",
    `${codexConfig(sandbox.model.url)}\n${server("mine", mcp)}`,
  );
  const own = 'developer_instructions = "Count in dozens."\n';
  await sandbox.writeUserFile(
    "home/work/.codex/config.toml",
    `${own}${server("project", mcp)}[mcp_servers.mine]\nenabled = true\n`,
  );
  await sandbox.writeUserFile("home/work/sub/.codex/config.toml", server("nested", mcp));
  const nested = path.join(sandbox.workspace, "sub");
  await mkdir(nested, { recursive: true });
  return { mcp, nested };
}
