import { getEventListeners } from "node:events";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Who } from "../../src/contracts/http.ts";
import type { Call } from "../../src/mcp/call.ts";
import type { FrontEnd } from "../../src/mcp/front-end.ts";
import { createMcpHttp } from "../../src/mcp/http.ts";
import { errorResult } from "../../src/mcp/result.ts";
import type { Profile } from "../../src/mcp/server.ts";
import { messagesOf, type HttpMessage } from "../support/mcp-http.ts";

const OWNER: Who = { kind: "owner" };
const childOf = (
  session: string,
  access: "read" | "write" = "read",
  revoked = new AbortController(),
): Who => ({
  kind: "child",
  session,
  access,
  cwd: "/work",
  revoked: revoked.signal,
});

type Work = (call: Call, who: Who) => Promise<CallToolResult>;
const said = (text: string): CallToolResult => ({ content: [{ type: "text", text }] });

/** A server with a tool that reads and one that changes; both do what the test says. */
function serve(work: Work = async () => said("done")) {
  const callers = new WeakMap<Call, Who>();
  const profile: Profile = {
    name: "test",
    title: "Test",
    listTools: () =>
      [true, false].map((readOnlyHint) => ({
        name: readOnlyHint ? "look" : "change",
        inputSchema: { type: "object" },
        annotations: { readOnlyHint },
      })),
    call: async (_frontEnd, _params, call) => work(call, callers.get(call) ?? OWNER),
    failed: errorResult,
  };
  const frontEnd = async (call: Call, who: Who) => {
    callers.set(call, who);
    return {} as FrontEnd;
  };
  const server = createMcpHttp({ version: "1", profile, frontEnd });
  const gone = new AbortController();
  const send = (who: Who, message: object | null, headers: Record<string, string> = {}, method = "POST") =>
    server.fetch(
      new Request("http://127.0.0.1:1/mcp", {
        method,
        signal: gone.signal,
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
        body: message === null ? null : JSON.stringify({ jsonrpc: "2.0", ...message }),
      }),
      who,
    );
  const open = async (who: Who, capabilities = {}) => {
    const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "x", version: "1" } };
    const response = await send(who, { id: 0, method: "initialize", params });
    const [{ result } = {}] = await allOf(response);
    const session = response.headers.get("mcp-session-id") ?? "";
    const within = { "mcp-session-id": session };
    const post = (message: object, as = who) => send(as, message, within);
    return {
      session,
      result,
      post,
      status: response.status,
      send: (method: string, as = who) => send(as, null, within, method),
    };
  };
  return { send, open, gone };
}

const call = (id: number, name = "look") => ({ id, method: "tools/call", params: { name, arguments: {} } });
const allOf = async (response: Response): Promise<HttpMessage[]> => {
  const messages: HttpMessage[] = [];
  for await (const message of messagesOf(response)) messages.push(message);
  return messages;
};
const answerOf = async (response: Response): Promise<HttpMessage> => (await allOf(response)).at(-1) ?? {};
const textOf = ({ result }: HttpMessage) => (result as unknown as CallToolResult).content[0];

/** A request of revision 2026-07-28, which stands for itself. */
function modern(id: number, method: string, params: object, capabilities = {}) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "modern", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  const name = "name" in params ? { "mcp-name": String(params.name) } : {};
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...name };
  return [{ id, method, params: { ...params, _meta } }, headers] as const;
}

describe("the tools over HTTP", () => {
  it.for([
    ["a person", OWNER, ["look", "change"]],
    ["an agent that may only read", childOf("s_1", "read"), ["look"]],
    ["an agent that may write", childOf("s_1", "write"), ["look", "change"]],
  ] as const)("are for %s what they may do, in every revision", async ([, who, names]) => {
    const { send, open } = serve();
    const { post } = await open(who);
    const listed = [
      await answerOf(await post({ id: 1, method: "tools/list" })),
      await answerOf(await send(who, ...modern(1, "tools/list", {}))),
    ];
    for (const { result } of listed) {
      const tools = (result?.["tools"] ?? []) as { name: string }[];
      expect(tools.map(({ name }) => name)).toEqual(names);
    }
    const called = [
      await answerOf(await post(call(2, "change"))),
      await answerOf(await send(who, ...modern(2, "tools/call", { name: "change", arguments: {} }))),
    ];
    const expected = names.length === 2 ? "done" : /^ERROR access_denied: change is beyond/;
    for (const message of called)
      expect(textOf(message)).toMatchObject({ text: expect.stringMatching(expected) });
  });

  it("know with each call who asks", async () => {
    const { send, open } = serve(async (_call, who) => said(JSON.stringify(who)));
    const child = childOf("s_7", "write");
    const { post } = await open(child);
    const answers = [
      await answerOf(await post(call(1))),
      await answerOf(await send(child, ...modern(1, "tools/call", { name: "look", arguments: {} }))),
    ];
    for (const message of answers) {
      expect(textOf(message)).toMatchObject({ text: expect.stringContaining('"session":"s_7"') });
    }
  });
});

describe("a session over HTTP", () => {
  it("belongs to whoever has opened it", async () => {
    const { open } = serve();
    const { post, send } = await open(childOf("s_1"));
    const strangers = [OWNER, childOf("s_2"), childOf("s_1", "write")];
    for (const who of strangers) {
      expect((await post(call(1), who)).status).toBe(404);
      expect((await send("GET", who)).status).toBe(404);
      expect((await send("DELETE", who)).status).toBe(404);
    }
    expect(textOf(await answerOf(await post(call(1))))).toMatchObject({ text: "done" });
  });

  it("is opened by nothing but a handshake, and over when its client ends it", async () => {
    const { send, open } = serve();
    const revoked = new AbortController();
    expect((await send(childOf("s_1", "read", revoked), call(1))).status).toBe(400);
    expect(getEventListeners(revoked.signal, "abort")).toEqual([]);
    expect((await send(OWNER, call(1), { "mcp-session-id": "0" })).status).toBe(404);
    const { post, send: sendWithin } = await open(OWNER);
    expect((await sendWithin("DELETE")).status).toBe(200);
    expect((await post(call(1))).status).toBe(404);
  });

  it("is over with its credential: what was called is given up as by a client that is gone", async () => {
    const revoked = new AbortController();
    const begun = Promise.withResolvers<Call>();
    const { open } = serve(async (asked) => {
      begun.resolve(asked);
      return new Promise(() => undefined);
    });
    const { post } = await open(childOf("s_1", "read", revoked));
    const response = await post(call(1));
    const { signal, connection } = await begun.promise;
    revoked.abort();
    expect(signal.reason).toMatchObject({ name: "SdkError", message: "Connection closed" });
    expect(connection.closed.aborted).toBe(true);
    expect(await response.text()).toBe("");
    expect((await post(call(2))).status).toBe(404);
  });

  it("hears why a call is given up, in the client's own words", async () => {
    const reason = Promise.withResolvers<unknown>();
    const begun = Promise.withResolvers<void>();
    const { open } = serve(async ({ signal }) => {
      begun.resolve();
      signal.addEventListener("abort", () => reason.resolve(signal.reason));
      return new Promise(() => undefined);
    });
    const { post } = await open(OWNER);
    await post(call(5));
    await begun.promise;
    const params = { requestId: 5, reason: "AbortError: user-cancel" };
    expect((await post({ method: "notifications/cancelled", params })).status).toBe(202);
    expect(await reason.promise).toBe("AbortError: user-cancel");
  });

  it("asks its client for its folders and its person along with the call, without another stream", async () => {
    const { open } = serve(async ({ roots, elicit }) => {
      const asked = await elicit?.({ message: "well?" }, new AbortController().signal);
      return said(`${(await roots()).join()} ${JSON.stringify(asked)}`);
    });
    const { post } = await open(OWNER, { roots: {}, elicitation: {} });
    const answers: Record<string, object> = {
      "roots/list": { roots: [{ uri: "file:///work" }] },
      "elicitation/create": { action: "accept", content: {} },
    };
    const messages: HttpMessage[] = [];
    for await (const message of messagesOf(await post(call(1)))) {
      messages.push(message);
      const { id, method } = message;
      if (method !== undefined) await post({ id, result: answers[method] });
    }
    expect(messages.map(({ method }) => method)).toEqual(["elicitation/create", "roots/list", undefined]);
    expect(textOf(messages.at(-1) ?? {})).toMatchObject({ text: '/work {"action":"accept","content":{}}' });
  });

  it("is not let go of while others come and go, but there are never too many of one client", async () => {
    const { open } = serve();
    const first = await open(OWNER);
    const stream = await first.send("GET");
    const second = await open(OWNER);
    const child = await open(childOf("s_1"));
    for (let opened = 0; opened < 63; opened += 1) await open(OWNER);
    expect((await first.post(call(1))).status).toBe(200);
    expect((await child.post(call(1))).status).toBe(200);
    expect((await second.post(call(1))).status).toBe(404);
    await stream.body?.cancel();
  });
});

describe("a session that nobody uses", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("is over after half an hour, unless something of it is open", async () => {
    const { open } = serve();
    const [unused, listening] = [await open(OWNER), await open(OWNER)];
    const stream = await listening.send("GET");
    vi.advanceTimersByTime(31 * 60_000);
    await open(OWNER);
    expect((await unused.post(call(1))).status).toBe(404);
    expect((await listening.post(call(1))).status).toBe(200);
    await stream.body?.cancel();
  });
});

describe("a request of revision 2026-07-28", () => {
  it("stands for itself, and finds what the server can do", async () => {
    const { send } = serve();
    const { result } = await answerOf(await send(OWNER, ...modern(1, "server/discover", {})));
    expect(result).toMatchObject({ supportedVersions: ["2026-07-28"], capabilities: { tools: {} } });
  });

  it("is asked for its folders with the result, once", async () => {
    const { send } = serve(async ({ roots, elicit }) =>
      said(JSON.stringify([elicit === null, await roots()])),
    );
    const ask = async (more: object, capabilities: object) =>
      answerOf(
        await send(OWNER, ...modern(1, "tools/call", { name: "look", arguments: {}, ...more }, capabilities)),
      );
    const able = { roots: {}, elicitation: {} };
    const { result } = await ask({}, able);
    expect(result).toMatchObject({
      resultType: "input_required",
      inputRequests: { roots: { method: "roots/list" } },
    });
    const given = { inputResponses: { roots: { roots: [{ uri: "file:///work" }] } } };
    expect(textOf(await ask(given, able))).toMatchObject({ text: '[true,["/work"]]' });
    for (const useless of [{}, { roots: { roots: "none" } }, { other: {} }]) {
      expect(textOf(await ask({ inputResponses: useless }, able))).toMatchObject({ text: "[true,[]]" });
    }
    expect(textOf(await ask({}, {}))).toMatchObject({ text: "[true,[]]" });
  });

  it("is given up as by a client that is gone when its connection closes", async () => {
    const begun = Promise.withResolvers<Call>();
    const { send, gone } = serve(async (asked) => {
      begun.resolve(asked);
      return new Promise(() => undefined);
    });
    const answer = send(OWNER, ...modern(1, "tools/call", { name: "look", arguments: {} }));
    const { signal } = await begun.promise;
    gone.abort(new Error("the client has gone"));
    await answer;
    expect(signal.reason).toMatchObject({ name: "SdkError", message: "Connection closed" });
  });
});
