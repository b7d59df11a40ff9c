import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

import { createRpcPeer } from "../../src/agents/codex/rpc.ts";
import { NO_OBSERVER, startJsonChild } from "../../src/process/child.ts";
import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";

/** What of the user's and of the project's ran, one line each. */
export interface Traps {
  sprung(): Promise<readonly string[]>;
  /** Forgets what ran so far. */
  reset(): Promise<void>;
}

const HOOKS = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"];
const hooksSchema = z.looseObject({
  data: z.array(
    z.looseObject({ hooks: z.array(z.looseObject({ key: z.string(), currentHash: z.string() })) }),
  ),
});

/**
 * Fills the user's and a trusted project's configuration with everything that Codex 0.169.0 runs by itself:
 * MCP servers under awkward names, trusted hooks, a notify program, a shell profile. Each leaves a line when it runs.
 */
export async function setTraps(sandbox: Sandbox): Promise<Traps> {
  const marks = path.join(sandbox.root, "marks");
  await writeFile(marks, "");
  const server = path.join(sandbox.root, "server.mjs");
  await writeFile(server, MCP_SERVER);
  const mark = (what: string) => `echo ${JSON.stringify(what)} >> ${marks}`;
  const mcp = (key: string, name: string) =>
    `[mcp_servers.${key}]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify([server, marks, name])}\n`;
  const hooks = (owner: string) =>
    HOOKS.map(
      (event) =>
        `[[hooks.${event}]]\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = ${JSON.stringify(mark(`hook of the ${owner}`))}\n`,
    ).join("");
  const user = [
    `notify = ${JSON.stringify(["/bin/sh", "-c", mark("notify")])}`,
    codexConfig(sandbox.model.url),
    mcp("plain", "plain"),
    mcp('"with.dot"', "with.dot"),
    mcp(`'with "quote'`, "with quote"),
    hooks("user"),
    `[projects.${JSON.stringify(sandbox.workspace)}]\ntrust_level = "trusted"\n`,
  ].join("\n");
  await sandbox.writeUserFile("home/.codex/config.toml", user);
  await sandbox.writeUserFile("home/work/.codex/config.toml", mcp("project", "project") + hooks("project"));
  await sandbox.writeUserFile("home/.codex/config.toml", user + (await trusted(sandbox)));
  await writeFile(path.join(sandbox.home, ".bash_profile"), `${mark("profile")} 2> /dev/null\n`);
  return {
    reset: () => writeFile(marks, ""),
    sprung: async () => {
      const lines = (await readFile(marks, "utf8")).split("\n").filter((line) => line !== "");
      return [...new Set(lines)].toSorted();
    },
  };
}

/** The entries that trust every hook as it is, which a person makes in the TUI. */
async function trusted(sandbox: Sandbox): Promise<string> {
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [sandbox.clis.codex, "app-server"],
    cwd: sandbox.workspace,
    env: sandbox.env,
    onLine: (line) => line.kind === "json" && peer.receive(line.value),
  });
  const peer = createRpcPeer({
    send: (message) => child.send(message),
    onNotification: () => undefined,
    answer: async () => ({ error: { code: -32_601, message: "no" } }),
  });
  await peer.request(
    "initialize",
    { clientInfo: { name: "test", title: "Test", version: "0" } },
    z.unknown(),
  );
  const { data } = await peer.request("hooks/list", { cwds: [sandbox.workspace] }, hooksSchema);
  await child.stop();
  return data
    .flatMap(({ hooks }) => hooks)
    .map((hook) => `[hooks.state.${JSON.stringify(hook.key)}]\ntrusted_hash = "${hook.currentHash}"\n`)
    .join("");
}

const MCP_SERVER = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
const [, , marks, name] = process.argv;
appendFileSync(marks, "mcp " + name + "\\n");
const tool = { name: "write", description: "writes", inputSchema: { type: "object", properties: {} }, annotations: { readOnlyHint: true } };
const results = {
  initialize: (params) => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name, version: "1" } }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => {
    appendFileSync(marks, "call of " + name + "\\n");
    return { content: [{ type: "text", text: "written" }] };
  },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: results[method]?.(params) ?? {} }) + "\\n");
});
`;
