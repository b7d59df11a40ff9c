import { readFile, readdir } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { processesOf } from "../../testkit/processes.ts";
import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { startMcpHttp, type McpHttpServer } from "../support/recording-mcp.ts";
import type { Driver, OpenRequest } from "../../src/agents/driver.ts";
import { describe, expect, it as withDriver, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";

const it = withDriver.extend<{ hub: McpHttpServer }>({
  // oxlint-disable-next-line no-empty-pattern -- the form that vitest wants
  hub: async ({}, use) => {
    const hub = await startMcpHttp();
    await use(hub);
    await hub.close();
  },
});

const CREDENTIAL = "credential-of-one-conversation";
/** Started where the user has registered Baton as a program. */
const COMMAND = [
  process.execPath,
  path.resolve(import.meta.dirname, "../fixtures/acting-mcp.mjs"),
  "ours",
] as const;
const use = (tool: string, server = "baton") => script({ mcp: { server, tool } }, { tool_result: true });

async function openWith(
  { url }: Pick<McpHttpServer, "url">,
  { sandbox, driver }: { sandbox: Sandbox; driver: Driver },
  changes: Partial<OpenRequest> = {},
) {
  return driver.open(
    openAs(sandbox, "read", { tools: { url, credential: CREDENTIAL, command: COMMAND }, ...changes }),
  );
}

describe("Baton's own tools", () => {
  for (const access of ["read", "write"] as const) {
    it(`are called without an approval in ${access} access, from the first request on`, async ({
      sandbox,
      driver,
      hub,
    }) => {
      const conversation = await openWith(hub, { sandbox, driver }, { access });
      for (const tool of ["look", "act"])
        expect(textOf(await say(conversation, use(tool)))).toContain(`did ${tool}`);
      const [first] = sandbox.model.requests;
      expect(JSON.stringify(first?.body)).toContain("mcp__baton: Hands work to other agents.");
      expect(hub.calls().map(({ headers }) => headers.authorization)).toEqual(
        Array(2).fill(`Bearer ${CREDENTIAL}`),
      );
      await conversation.close();
    });
  }

  it("are there for the first request though they take a while to start", async ({ sandbox, driver }) => {
    const slow = await startMcpHttp({ delayMs: 1_500 });
    const conversation = await openWith(slow, { sandbox, driver });
    expect(textOf(await say(conversation, use("act")))).toContain("did act");
    await conversation.close();
    await slow.close();
  });

  it("are there again when the conversation is resumed, under another credential", async ({
    sandbox,
    driver,
    hub,
  }) => {
    const first = await openWith(hub, { sandbox, driver });
    await say(first, use("act"));
    await first.close();
    const tools = { url: hub.url, credential: "another", command: COMMAND };
    const again = await openWith(hub, { sandbox, driver }, { nativeId: first.nativeId, tools });
    expect(textOf(await say(again, use("act")))).toContain("did act");
    expect(hub.calls().map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${CREDENTIAL}`,
      "Bearer another",
    ]);
    await again.close();
  });

  it("come with each conversation's own credential in one app-server", async ({ sandbox, driver, hub }) => {
    const open = (credential: string) =>
      driver.open(openAs(sandbox, "read", { tools: { url: hub.url, credential, command: COMMAND } }));
    const conversations = await Promise.all([open("one"), open("two")]);
    expect(new Set(conversations.map(({ pid }) => pid)).size).toBe(1);
    await Promise.all(conversations.map((conversation) => say(conversation, use("act"))));
    const seen = hub.calls().map(({ headers, params }) => [threadOf(params), headers.authorization]);
    expect(Object.fromEntries(seen)).toEqual({
      [conversations[0].nativeId]: "Bearer one",
      [conversations[1].nativeId]: "Bearer two",
    });
    await Promise.all(conversations.map((conversation) => conversation.close()));
  });

  it("hear which thread calls, and of a sub-agent its root's", async ({ sandbox, driver, hub }) => {
    const conversation = await openWith(hub, { sandbox, driver });
    const call = { mcp: { server: "baton", tool: "act" } };
    const spawn = {
      call: {
        namespace: "multi_agent_v1",
        name: "spawn_agent",
        input: { message: script(call, { say: "the child is done" }) },
      },
    };
    const turn = conversation.run(script(call, spawn, { say: "done", wait_for: "end" }), () => undefined);
    await expect.poll(() => hub.calls().length, { timeout: 10_000 }).toBe(2);
    sandbox.model.release("end");
    await turn.outcome;
    const { nativeId } = conversation;
    const [own, child] = hub.calls().map(({ params }) => params["_meta"]);
    expect(own).toMatchObject({
      threadId: nativeId,
      sessionId: nativeId,
      "x-codex-turn-metadata": { thread_source: "baton", turn_trigger: "baton", sandbox_mode: "read-only" },
    });
    expect(child).toMatchObject({
      sessionId: nativeId,
      "x-codex-turn-metadata": { parent_thread_id: nativeId, turn_trigger: "baton" },
    });
    expect((child as { threadId: string }).threadId).not.toBe(nativeId);
    await conversation.close();
  });

  const programs = {
    "a program": '[mcp_servers.baton]\ncommand = "baton"\nargs = ["mcp"]\nenv = { A = "b" }\n',
    "switched off": '[mcp_servers.baton]\ncommand = "baton"\nenabled = false\n',
  };
  for (const [kind, entry] of Object.entries(programs)) {
    it(`are a program under their own name where the user has registered Baton as one that is ${kind}`, async ({
      sandbox,
      driver,
      hub,
    }) => {
      await sandbox.writeUserFile("home/.codex/config.toml", `${codexConfig(sandbox.model.url)}\n${entry}`);
      const conversation = await openWith(hub, { sandbox, driver });
      expect(textOf(await say(conversation, use("act")))).toContain("did act as ours");
      expect(hub.calls()).toEqual([]);
      await conversation.close();
    });
  }

  it("take another name where the user has registered Baton by its address", async ({
    sandbox,
    driver,
    hub,
  }) => {
    const entry =
      '[mcp_servers.baton]\nurl = "http://127.0.0.1:9/mcp"\nenabled_tools = ["x"]\nhttp_headers = { X-Own = "1" }\n';
    await sandbox.writeUserFile("home/.codex/config.toml", `${codexConfig(sandbox.model.url)}\n${entry}`);
    const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
    const conversation = await openWith(hub, { sandbox, driver }, { launch });
    expect(textOf(await say(conversation, use("act", "baton_hub")))).toContain("did act");
    expect(textOf(await say(conversation, use("act")))).toContain("unsupported call");
    expect(hub.calls()[0]?.headers).not.toHaveProperty("x-own");
    expect(JSON.stringify(sandbox.model.requests[0]?.body)).toContain("mcp__baton_hub: Hands work");
    await conversation.close();
  });

  it("leave the credential in no file, argument or environment", async ({ sandbox, driver, hub }) => {
    const conversation = await openWith(hub, { sandbox, driver }, { access: "write" });
    const turn = conversation.run(
      script({ mcp: { server: "baton", tool: "act" } }, { shell: "env; sleep 333" }, { say: "done" }),
      () => undefined,
    );
    await expect
      .poll(async () => (await processesOf(sandbox.root)).some(({ command }) => command === "sleep 333"), {
        timeout: 10_000,
      })
      .toBe(true);
    const pids = (await processesOf(sandbox.root)).map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(1);
    const places = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
    for (const place of places) expect(await contents(place), place).not.toContain(CREDENTIAL);
    await turn.interrupt();
    await turn.outcome;
    await conversation.close();
    await driver.close();
    expect(hub.calls()).toHaveLength(1);
    const files = await filesBelow(sandbox.root);
    expect(files.some((file) => file.endsWith(".jsonl"))).toBe(true);
    expect(files.some((file) => file.endsWith(".sqlite"))).toBe(true);
    for (const file of files) expect(await contents(file), file).not.toContain(CREDENTIAL);
  });

  it("are not asked for at the proxy of the environment", async ({ sandbox, driver, hub }) => {
    let asked = 0;
    const proxy = createServer((_, to) => {
      asked += 1;
      to.writeHead(502).end();
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const env = { ...sandbox.env, HTTP_PROXY: address, http_proxy: address, no_proxy: "example.com" };
    const conversation = await openWith(hub, { sandbox, driver }, { launch: launchOf(sandbox, { env }) });
    expect(textOf(await say(conversation, use("act")))).toContain("did act");
    expect(asked).toBe(0);
    await conversation.close();
    proxy.close();
    proxy.closeAllConnections();
  });

  it("that cannot be reached do not keep the conversation from working", async ({ sandbox, driver, hub }) => {
    await hub.close();
    const conversation = await openWith(hub, { sandbox, driver });
    expect(textOf(await say(conversation, "hello"))).toBe("You said: hello");
    await conversation.close();
  });
});

function threadOf(params: Readonly<Record<string, unknown>>): string {
  return (params["_meta"] as { threadId: string }).threadId;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

async function contents(file: string): Promise<string> {
  return readFile(file, "latin1").catch(() => "");
}
