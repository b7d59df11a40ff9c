import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Sandbox } from "../../testkit/sandbox.ts";
import {
  describe,
  expect,
  follow,
  it,
  launchOf,
  markFolder,
  only,
  openAs,
  say,
  script,
  textOf,
} from "./claude-kit.ts";

/** A stdio MCP server with one tool, `leave`, that leaves a mark. */
const SERVER = `
const { writeFileSync } = require("node:fs");
const [mark] = process.argv.slice(2);
const tool = { name: "leave", description: "Leaves a mark.", inputSchema: { type: "object", properties: {} } };
const answers = {
  initialize: () => ({ protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "m", version: "1" } }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => (writeFileSync(mark, ""), { content: [{ type: "text", text: "left" }] }),
};
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const body = answer ? { result: answer() } : { error: { code: -32601, message: "unknown" } };
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...body }) + "\\n");
});
`;

async function withServers(sandbox: Sandbox): Promise<{ marks: string }> {
  const marks = await markFolder(sandbox);
  const program = path.join(sandbox.root, "server.cjs");
  await writeFile(program, SERVER);
  const marking = (mark: string) => ({ command: "touch", args: [path.join(marks, mark)] });
  await sandbox.writeUserFile(
    "home/work/.mcp.json",
    JSON.stringify({ mcpServers: { project: marking("project") } }),
  );
  await sandbox.writeUserFile(
    "home/.claude/settings.json",
    JSON.stringify({ permissions: { allow: ["mcp__mine__leave"] } }),
  );
  const mine = { command: process.execPath, args: [program, path.join(marks, "left")] };
  await writeFile(
    path.join(sandbox.claudeHome, ".claude.json"),
    JSON.stringify({
      mcpServers: { mine, started: marking("started") },
      projects: { [sandbox.workspace]: { mcpServers: { local: marking("local") } } },
    }),
  );
  return { marks };
}

const CALL = script({ mcp: { server: "mine", tool: "leave" } }, { say: "end" });

describe("MCP servers", () => {
  it("of the user stay out unless the config of Baton lets them in", async ({ sandbox, driver }) => {
    const { marks } = await withServers(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "write"));
    expect(textOf(await say(conversation, CALL))).toBe("end");
    await conversation.close();
    expect(await readdir(marks)).toEqual([]);
  });

  it("of the user run where it does, with the tools that the user allows; the project's never", async ({
    sandbox,
    driver,
  }) => {
    const { marks } = await withServers(sandbox);
    const launch = { ...(await launchOf(sandbox)), settings: { mcp_servers: true, project_config: false } };
    const conversation = await driver.open(await openAs(sandbox, "write", { launch }));
    const { events } = await follow(conversation, CALL);
    expect(only(events, "tool.started")).toMatchObject([{ kind: "mcp", name: "mcp__mine__leave" }]);
    expect(only(events, "tool.finished")).toMatchObject([{ outcome: "ok", summary: "left" }]);
    await conversation.close();
    expect(await readdir(marks)).toEqual(["left", "started"]);
  });

  it("have no tool that runs under read access, allowed or not", async ({ sandbox, driver }) => {
    const { marks } = await withServers(sandbox);
    const launch = { ...(await launchOf(sandbox)), settings: { mcp_servers: true, project_config: false } };
    const conversation = await driver.open(await openAs(sandbox, "read", { launch }));
    const { events } = await follow(conversation, CALL);
    expect(only(events, "tool.finished")).toMatchObject([{ outcome: "denied" }]);
    await conversation.close();
    expect(await readdir(marks)).toEqual(["started"]);
  });
});
