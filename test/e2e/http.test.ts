import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import type { Baton } from "../support/command.ts";
import { addressOf, connectHttp, type Address } from "../support/mcp-http.ts";

const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';

/** A hub that is up; its Codex gets the key that no client over HTTP could bring. */
async function hubOf(sandbox: Sandbox, baton: Baton): Promise<Address> {
  const key = JSON.stringify(sandbox.env["MODEL_KEY"]);
  await sandbox.writeUserFile("home/.config/baton/config.toml", `[agents.codex.env]\nMODEL_KEY = ${key}\n`);
  return addressOf(baton);
}

const onlyTask = async (baton: Baton): Promise<string> => {
  const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
  expect(items).toHaveLength(1);
  return String(items[0]?.id);
};

describe("a hub", () => {
  it("tells where it answers HTTP: at a free port, or at the one of the config", async ({
    sandbox,
    baton,
  }) => {
    const { url } = await hubOf(sandbox, baton);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    expect((await baton.run(["hub", "status"])).stdout).toContain(new URL(url).origin);
    await baton.run(["hub", "stop"]);
    const { port } = new URL(url);
    await sandbox.writeUserFile("home/.config/baton/config.toml", `[hub]\nhttp_port = ${port}\n`);
    expect((await addressOf(baton)).url).toBe(url);
  });

  it("is of use without HTTP when its port is taken", async ({ sandbox, baton }) => {
    const { port } = new URL(sandbox.model.url);
    await sandbox.writeUserFile("home/.config/baton/config.toml", `[hub]\nhttp_port = ${port}\n`);
    expect(await baton.json(["hub", "start"])).toMatchObject({ running: true, http_url: null });
    expect(await baton.task(["ask", "codex", 'SCRIPT [{"say":"still here"}]'])).toMatchObject({
      answer: "still here",
    });
  });

  it("ends although a client listens and another waits", async ({ sandbox, baton }) => {
    const address = await hubOf(sandbox, baton);
    const { headers, stream } = await connectHttp(address);
    const listening = await fetch(address.url, { headers });
    const waiting = await stream(1, "ask_agent", { agent: "codex", prompt: HELD, cwd: sandbox.workspace });
    await sandbox.model.waitForRequest(({ side }) => !side);
    const ended = Promise.allSettled([listening.text(), drain(waiting)]);
    expect((await baton.run(["hub", "stop"])).code).toBe(0);
    await ended;
    await expect(fetch(address.url, { headers })).rejects.toThrow("fetch failed");
  });
});

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

describe("a client of an earlier revision over HTTP", () => {
  it("hears what goes on, then the answer", async ({ sandbox, baton }) => {
    const { stream } = await connectHttp(await hubOf(sandbox, baton));
    const messages = await stream(7, "ask_agent", { agent: "codex", prompt: HELD, cwd: sandbox.workspace });
    const { value: first } = await messages.next();
    expect(first).toMatchObject({
      method: "notifications/progress",
      params: { progressToken: 7, progress: 1 },
    });
    sandbox.model.release("go");
    let last = first;
    for await (const message of messages) last = message;
    expect(last).toMatchObject({
      id: 7,
      result: { structuredContent: { answer: "late", status: "completed" } },
    });
  });

  it("cancels the task when its person interrupts the call, and not when it runs out of time", async ({
    sandbox,
    baton,
  }) => {
    const { stream, post } = await connectHttp(await hubOf(sandbox, baton));
    const interrupted = async (id: number, reason: string): Promise<string> => {
      const prompt = `SCRIPT [{"say":"late ${id}","wait_for":"go"}]`;
      await stream(id, "ask_agent", { agent: "codex", prompt, cwd: sandbox.workspace });
      await sandbox.model.waitForRequest(({ body }) => JSON.stringify(body).includes(`late ${id}`));
      await post({ method: "notifications/cancelled", params: { requestId: id, reason } });
      const { items } = (await baton.json(["tasks"])) as { items: { id: string }[] };
      return String(items[0]?.id);
    };
    const first = await interrupted(1, "AbortError: user-cancel");
    await baton.run(["wait", first]);
    expect(await baton.task(["show", first])).toMatchObject({ status: "cancelled", error: null });
    const second = await interrupted(2, "SdkError: Request timed out");
    sandbox.model.release("go");
    expect((await baton.run(["wait", second])).stdout).toBe("late 2\n");
  });

  it("leaves the task running when its connection breaks", async ({ sandbox, baton }) => {
    const { post } = await connectHttp(await hubOf(sandbox, baton));
    const broken = new AbortController();
    const params = { name: "ask_agent", arguments: { agent: "codex", prompt: HELD, cwd: sandbox.workspace } };
    await post({ id: 1, method: "tools/call", params }, { signal: broken.signal });
    await sandbox.model.waitForRequest(({ side }) => !side);
    broken.abort();
    const task = await onlyTask(baton);
    sandbox.model.release("go");
    expect((await baton.run(["wait", task])).stdout).toBe("late\n");
  });

  it("is asked for a folder where it names none", async ({ sandbox, baton }) => {
    const { call } = await connectHttp(await hubOf(sandbox, baton));
    const refused = await call("ask_agent", { agent: "codex", prompt: "x" });
    expect(refused.content[0]?.text).toMatch(/^ERROR cwd_denied: [^]*`cwd`/);
  });

  it("gets a long answer whole", async ({ sandbox, baton }) => {
    const { call } = await connectHttp(await hubOf(sandbox, baton));
    const prompt = 'SCRIPT [{"say_characters":32000}]';
    let result = await call("ask_agent", { agent: "codex", prompt, cwd: sandbox.workspace });
    let answer = String(result.structuredContent["answer"]);
    while (result.structuredContent["more"] !== null) {
      expect(JSON.stringify(result).length).toBeLessThan(32_000);
      const { offset } = result.structuredContent["more"] as { offset: number };
      result = await call("read_task", { task: result.structuredContent["id"], offset });
      answer += String(result.structuredContent["answer"]);
    }
    expect(answer).toHaveLength(32_000);
    expect(answer.endsWith("END")).toBe(true);
  });

  it("may call fifty times at once, in one session or in many", async ({ sandbox, baton }) => {
    const address = await hubOf(sandbox, baton);
    const { call } = await connectHttp(address);
    const asked = await call("ask_agent", {
      agent: "codex",
      prompt: 'SCRIPT [{"say":"one"}]',
      cwd: sandbox.workspace,
    });
    const task = asked.structuredContent["id"];
    const read = async (reader: typeof call) =>
      (await reader("read_task", { task })).structuredContent["answer"];
    const together = await Promise.all(Array.from({ length: 50 }, async () => read(call)));
    const apart = await Promise.all(
      Array.from({ length: 50 }, async () => read((await connectHttp(address)).call)),
    );
    expect(new Set([...together, ...apart])).toEqual(new Set(["one"]));
  });

  it("ends its session with DELETE", async ({ sandbox, baton }) => {
    const address = await hubOf(sandbox, baton);
    const { headers, post } = await connectHttp(address);
    expect((await fetch(address.url, { method: "DELETE", headers })).status).toBe(200);
    expect((await post({ id: 1, method: "tools/list" })).status).toBe(404);
  });

  it("gets nowhere with another token or another session id", async ({ sandbox, baton }) => {
    const { url, token } = await hubOf(sandbox, baton);
    const { headers, session } = await connectHttp({ url, token });
    const ask = (changed: Record<string, string>) =>
      fetch(url, {
        method: "POST",
        headers: { ...headers, ...changed },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ authorization: "Bearer x" })).status).toBe(401);
    expect((await ask({ origin: "https://example.com" })).status).toBe(403);
    expect((await ask({ "mcp-session-id": session.replace(/^./, "z") })).status).toBe(404);
  });
});

describe("a client of revision 2026-07-28 over HTTP", () => {
  it("calls the tools, tells its folders when it is asked, and hears what goes on", async ({
    sandbox,
    baton,
  }) => {
    const { url, token } = await hubOf(sandbox, baton);
    const client = new Client(
      { name: "modern", version: "1" },
      { capabilities: { roots: {} }, versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: `file://${sandbox.workspace}` }] }));
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("ask_agent");
    const heard: string[] = [];
    const { structuredContent } = await client.callTool(
      { name: "ask_agent", arguments: { agent: "codex", prompt: 'SCRIPT [{"say":"bonjour"}]' } },
      { onprogress: ({ message = "" }) => void heard.push(message) },
    );
    expect(structuredContent).toMatchObject({ answer: "bonjour", cwd: sandbox.workspace });
    expect(heard).toContain("working");
    await client.close();
  });

  it("leaves the task running when it goes", async ({ sandbox, baton }) => {
    const { url, token } = await hubOf(sandbox, baton);
    const client = new Client(
      { name: "modern", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    const args = { agent: "codex", prompt: HELD, cwd: sandbox.workspace };
    const given = new AbortController();
    const called = client.callTool({ name: "ask_agent", arguments: args }, { signal: given.signal });
    await sandbox.model.waitForRequest(({ side }) => !side);
    given.abort();
    await expect(called).rejects.toThrow();
    const task = await onlyTask(baton);
    sandbox.model.release("go");
    expect((await baton.run(["wait", task])).stdout).toBe("late\n");
    await client.close();
  });
});
