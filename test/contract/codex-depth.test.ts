import { writeFile } from "node:fs/promises";
import path from "node:path";

import { codexConfig } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";

describe("the depth of a task", () => {
  it("is in the environment of commands, beside what the user's own policy does", async ({
    sandbox,
    driver,
  }) => {
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `${codexConfig(sandbox.model.url)}\n[shell_environment_policy]\nexclude = ["MODEL_*"]\nset = { OWN = "kept", BRIDGE_DEPTH = "9" }\n`,
    );
    const conversations = await Promise.all(
      [1, 2].map((depth) => driver.open(openAs(sandbox, "read", { depth }))),
    );
    const shell = 'echo "$BRIDGE_DEPTH $OWN [$MODEL_KEY]"';
    const said = await Promise.all(
      conversations.map((conversation) => say(conversation, script({ shell }, { tool_result: true }))),
    );
    expect(said.map(textOf)).toEqual([
      expect.stringContaining("1 kept []"),
      expect.stringContaining("2 kept []"),
    ]);
    await Promise.all(conversations.map((conversation) => conversation.close()));
  });

  it("is in the environment of the user's own servers, beside what they are given", async ({
    sandbox,
    driver,
  }) => {
    const server = path.join(sandbox.root, "server.mjs");
    await writeFile(server, MCP_SERVER);
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `${codexConfig(sandbox.model.url)}
[mcp_servers."with.dot"]
command = ${JSON.stringify(process.execPath)}
args = ${JSON.stringify([server])}
env = { OWN = "kept" }
[mcp_servers.elsewhere]
url = "http://127.0.0.1:9/mcp"
`,
    );
    const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
    const conversation = await driver.open(openAs(sandbox, "read", { launch, depth: 2 }));
    const call = { mcp: { server: "with_dot", tool: "env" } };
    expect(textOf(await say(conversation, script(call, { tool_result: true })))).toContain("2 kept");
    await conversation.close();
  });
});

const MCP_SERVER = `
import { createInterface } from "node:readline";
const tool = { name: "env", description: "tells", inputSchema: { type: "object", properties: {} }, annotations: { readOnlyHint: true } };
const { BRIDGE_DEPTH, OWN } = process.env;
const results = {
  initialize: (params) => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "x", version: "1" } }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => ({ content: [{ type: "text", text: BRIDGE_DEPTH + " " + OWN }] }),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: results[method]?.(params) ?? {} }) + "\\n");
});
`;
