import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import path from "node:path";

import type { OpenRequest } from "../../src/agents/driver.ts";
import type { LoggedRequest } from "../../testkit/model/log.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { startOwnTools, type OwnTools } from "../support/own-tools.ts";
import {
  describe,
  expect,
  follow,
  it as driven,
  launchOf,
  offeredTools,
  only,
  openAs,
  say,
  script,
  stateDirOf,
  textOf,
} from "./claude-kit.ts";

const it = driven.extend<{ tools: OwnTools }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from this pattern
  tools: async ({}, use) => {
    const tools = await startOwnTools();
    await use(tools);
    await tools.close();
  },
});

const look = { mcp: { server: "baton", tool: "look" } };
const work = { mcp: { server: "baton", tool: "work" } };

describe("Baton's own tools", () => {
  for (const access of ["read", "write"] as const) {
    it(`are there in the first turn under ${access} access and run unasked`, async ({
      sandbox,
      driver,
      tools,
    }) => {
      const conversation = await driver.open(await openAs(sandbox, access, { tools }));
      const { events, outcome } = await follow(conversation, script(look, work, { tool_result: true }));
      expect(textOf(outcome)).toBe("work was called");
      expect(only(events, "tool.finished")).toMatchObject([{ outcome: "ok" }, { outcome: "ok" }]);
      expect(offeredTools(sandbox)).toEqual(expect.arrayContaining(["mcp__baton__look", "mcp__baton__work"]));
      expect(only(events, "warning")).toEqual([]);
      const calls = tools.heard.filter(({ method }) => method === "tools/call");
      expect(calls).toMatchObject([{ params: { name: "look" } }, { params: { name: "work" } }]);
      const bearer = `Bearer ${tools.credential}`;
      expect(tools.heard.filter(({ authorization }) => authorization !== bearer)).toEqual([]);
    });
  }

  it("have a credential that is in no argument, environment or file", async ({ sandbox, driver, tools }) => {
    const conversation = await driver.open(await openAs(sandbox, "write", { tools }));
    await say(conversation, script(look, { say: "end" }));
    const processes = await processesOf(sandbox.root);
    const told = processes.map(({ pid }) =>
      Promise.all(["cmdline", "environ"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8"))),
    );
    expect(processes.map(({ command }) => command).join()).toContain("--output-format=stream-json");
    expect((await Promise.all(told)).join()).not.toContain(tools.credential);
    expect(await filesWith(sandbox, tools.credential)).toEqual([]);
    expect(await filesWith(sandbox, "mcp__baton")).toContainEqual(
      expect.stringContaining(stateDirOf(sandbox)),
    );
  });

  it("are there after a resume, and beside the user's own servers and rules", async ({
    sandbox,
    driver,
    tools,
  }) => {
    await sandbox.writeUserFile(
      "home/.claude/settings.json",
      JSON.stringify({ permissions: { deny: ["mcp__baton__work"] } }),
    );
    const mine = { command: "touch", args: [path.join(sandbox.root, "started")] };
    await writeFile(path.join(sandbox.claudeHome, ".claude.json"), JSON.stringify({ mcpServers: { mine } }));
    const launch = { ...(await launchOf(sandbox)), settings: { mcp_servers: true, project_config: false } };
    const first = await driver.open(await openAs(sandbox, "read", { tools, launch }));
    await say(first, "hello");
    await first.close();
    const { nativeId } = first;
    const conversation = await driver.open(await openAs(sandbox, "read", { tools, launch, nativeId }));
    const { events } = await follow(conversation, script(look, work, { say: "end" }));
    expect(only(events, "tool.finished")).toMatchObject([{ outcome: "ok" }, { outcome: "failed" }]);
    expect(await readdir(sandbox.root)).toContain("started");
  });

  it("that cannot be reached are warned of in the first turn, which goes on", async ({ sandbox, driver }) => {
    const tools = { url: "http://127.0.0.1:9/mcp", credential: "x", command: ["baton"] as const };
    const conversation = await driver.open(await openAs(sandbox, "read", { tools }));
    const first = await follow(conversation, "hello");
    expect(textOf(first.outcome)).toBe("You said: hello");
    expect(only(first.events, "warning")).toEqual([
      { message: expect.stringMatching(/cannot reach Baton's own tools .*ECONNREFUSED/) },
    ]);
    expect(only((await follow(conversation, "again")).events, "warning")).toEqual([]);
  });

  it("are reached past a proxy, which still gets all else", async ({ sandbox, driver, tools }) => {
    const proxied: string[] = [];
    const proxy = createServer(({ url = "" }, to) => {
      proxied.push(url);
      to.writeHead(403).end();
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const launch = await launchOf(sandbox, { HTTP_PROXY, NO_PROXY: "nowhere.example" });
    const conversation = await driver.open(await openAs(sandbox, "read", { tools, launch }));
    const { events } = await follow(conversation, "hello");
    expect(only(events, "warning").filter(({ message }) => message.includes("Baton"))).toEqual([]);
    expect(tools.heard.map(({ method }) => method)).toContain("tools/list");
    expect(proxied.filter((url) => url.startsWith(sandbox.model.url))).not.toEqual([]);
    expect(proxied.filter((url) => url.startsWith(tools.url))).toEqual([]);
    proxy.close();
  });
});

describe("what a delegate is told of its part", () => {
  const briefed = async (sandbox: Sandbox, changes: Partial<OpenRequest>) =>
    openAs(sandbox, "read", { briefing: "You are a delegate of the lighthouse.", ...changes });

  it("is in its system prompt and not among the user's words", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await briefed(sandbox, {}));
    expect(textOf(await say(conversation, "hello"))).toBe("You said: hello");
    expect(briefings(sandbox.model.requests.at(-1))).toEqual(["a delegate of the lighthouse"]);
  });

  it("is that of the newest task when the conversation is resumed, once, and leaves with it", async ({
    sandbox,
    driver,
  }) => {
    const first = await driver.open(await briefed(sandbox, {}));
    await say(first, "hello");
    await first.close();
    const { nativeId } = first;
    for (const briefing of ["You are a delegate of the harbour.", null]) {
      const next = await driver.open(await briefed(sandbox, { nativeId, briefing }));
      await say(next, "and again");
      await next.close();
      expect(briefings(sandbox.model.requests.at(-1))).toEqual(
        briefing === null ? [] : ["a delegate of the harbour"],
      );
    }
    await sandbox.run([sandbox.clis.claude, "-p", "--resume", nativeId], { input: "by the person" });
    expect(sandbox.model.requests.at(-1)?.prompt).toContain("by the person");
    expect(briefings(sandbox.model.requests.at(-1))).toEqual([]);
  });
});

function briefings(request: LoggedRequest | undefined): readonly string[] {
  const { system, messages } = (request?.body ?? {}) as Record<string, unknown>;
  expect(JSON.stringify(messages)).not.toContain("a delegate of");
  return JSON.stringify(system).match(/a delegate of the \w+/g) ?? [];
}

/** Read by grep, as files come and go below. */
async function filesWith(sandbox: Sandbox, text: string): Promise<readonly string[]> {
  const { stdout } = await sandbox.run(["grep", "-rlsF", "--", text, sandbox.root]);
  return stdout.split("\n").filter((line) => line !== "");
}
