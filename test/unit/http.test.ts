import { request as ask, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { BatonError } from "../../src/contracts/error.ts";
import type { Route, Who } from "../../src/contracts/http.ts";
import { createCredentials } from "../../src/hub/credentials.ts";
import { openHttp, type HttpEndpoint } from "../../src/hub/http.ts";

const TOKEN = "the-token-of-the-hub";
const open: HttpEndpoint[] = [];
afterEach(() => {
  for (const endpoint of open.splice(0)) {
    endpoint.closeDoor();
    endpoint.close();
  }
});

type Handle = Route["handle"];

async function serve(handle: Handle = async (_request, who) => Response.json(who)) {
  const credentials = createCredentials();
  const lines: string[] = [];
  const counts = { begun: 0, ended: 0 };
  const endpoint = await openHttp({
    port: 0,
    token: TOKEN,
    credentials,
    routes: [{ path: "/it", handle }],
    activity: { begin: () => void counts.begun++, end: () => void counts.ended++ },
    logger: pino({ base: null }, { write: (line) => void lines.push(line) }),
  });
  open.push(endpoint);
  return { url: endpoint.url, host: new URL(endpoint.url).host, credentials, lines, counts, endpoint };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function get(url: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  const asked = ask(url, { agent: false, ...options });
  asked.end(body);
  const [response] = await once(asked, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const bearer = (token = TOKEN) => ({ authorization: `Bearer ${token}` });
const errorIn = ({ body }: Answer) => (JSON.parse(body) as { error: { message: string } }).error;

describe("who may ask the hub over HTTP", () => {
  it("is the person with the hub's token, and an agent with its own", async () => {
    const { url, credentials } = await serve();
    expect(JSON.parse((await get(`${url}/it`, { headers: bearer() })).body)).toEqual({ kind: "owner" });
    const token = credentials.issue({ session: "s_1", access: "read", cwd: "/work" });
    const child = JSON.parse((await get(`${url}/it`, { headers: bearer(token) })).body) as Who;
    expect(child).toMatchObject({ kind: "child", session: "s_1", access: "read" });
    credentials.revoke("s_1");
    expect((await get(`${url}/it`, { headers: bearer(token) })).status).toBe(401);
  });

  it.for([
    ["without a token", {}],
    ["with another token", bearer("the-token-of-the-hux")],
    ["with a part of the token", bearer(TOKEN.slice(0, -1))],
    ["with more than the token", bearer(`${TOKEN}a`)],
    ["with a password", { authorization: `Basic ${TOKEN}` }],
    ["with two tokens", { authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] }],
  ] as const)("is nobody %s", async ([, headers]) => {
    const { url, lines } = await serve();
    const answer = await get(`${url}/it`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(errorIn(answer)).toMatchObject({
      code: "access_denied",
      message: expect.stringContaining("bearer"),
    });
    expect(answer.body).not.toContain("the-token");
    expect(lines).toEqual([]);
  });

  it("is no web page: neither by another name of this address nor from another site", async () => {
    const { url, host } = await serve();
    const port = host.split(":")[1];
    const from = (headers: Record<string, string>) =>
      get(`${url}/it`, { headers: { ...bearer(), ...headers } });
    const statuses = await Promise.all([
      from({ host: `rebound.example:${port}` }),
      from({ host: "127.0.0.1" }),
      from({ host: `127.0.0.1.example:${port}` }),
      from({ origin: "https://example.com" }),
      from({ origin: "null" }),
      from({ origin: `http://localhost:${port}` }),
      from({ origin: `http://127.0.0.1:${Number(port) + 1}` }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual(Array.from(statuses, () => 403));
    const own = await Promise.all([
      from({ host: `localhost:${port}` }),
      from({ host: `localhost:${port}`, origin: `http://localhost:${port}` }),
      from({ origin: `http://${host}` }),
    ]);
    expect(own.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { headers } of [...statuses, ...own]) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it("is not asked for by a browser beforehand with success", async () => {
    const { url, host } = await serve();
    const headers = { origin: `http://${host}`, "access-control-request-method": "POST" };
    const { status, headers: answered } = await get(`${url}/it`, { method: "OPTIONS", headers });
    expect(status).toBe(401);
    expect(answered["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("what the hub answers over HTTP", () => {
  it("is an error in a sentence where it has nothing", async () => {
    const { url } = await serve();
    for (const path of ["/", "/it/", "/other", "//it"]) {
      const answer = await get(url, { path, headers: bearer() });
      expect(answer.status).toBe(404);
      expect(errorIn(answer).message).toContain("nothing at this path");
    }
    expect((await get(`${url}/it?x=1`, { headers: bearer() })).status).toBe(200);
  });

  it("takes 4 MiB and no more, however they come", async () => {
    const { url } = await serve(
      async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
    );
    const post = (size: number, headers = {}) =>
      get(`${url}/it`, { method: "POST", headers: { ...bearer(), ...headers } }, "x".repeat(size));
    const limit = 4 * 1024 * 1024;
    expect(await post(limit)).toMatchObject({ status: 200, body: String(limit) });
    const beyond = [await post(limit + 1), await post(limit + 1, { "transfer-encoding": "chunked" })];
    expect(beyond.map(({ status }) => status)).toEqual([413, 413]);
  });

  it("comes piece by piece as it is made", async () => {
    const more = Promise.withResolvers<void>();
    const pieces = async function* () {
      yield new TextEncoder().encode("first ");
      await more.promise;
      yield new TextEncoder().encode("second");
    };
    const { url } = await serve(async () => new Response(ReadableStream.from(pieces())));
    const asked = ask(`${url}/it`, { headers: bearer(), agent: false });
    asked.end();
    const [response] = await once(asked, "response");
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toBe("first ");
    more.resolve();
    expect(await text(response)).toBe("second");
  });

  it("ends at its source when the client goes, and the request says so", async () => {
    const cancelled = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<unknown>();
    const { url, counts } = await serve(async ({ signal }) => {
      signal.addEventListener("abort", () => gone.resolve(signal.reason));
      return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }));
    });
    const asked = ask(`${url}/it`, { headers: bearer(), agent: false });
    asked.on("error", () => undefined);
    asked.end();
    await once(asked, "response");
    // An answer that stays open keeps no hub.
    expect(counts).toEqual({ begun: 1, ended: 1 });
    asked.destroy();
    await cancelled.promise;
    expect(await gone.promise).toMatchObject({ name: "Error", message: "the client has gone" });
  });

  it("tells nothing of what went wrong inside, and logs no words of it", async () => {
    const { url, lines } = await serve(async () => {
      throw new Error("secret words");
    });
    const answer = await get(`${url}/it`, { headers: bearer() });
    expect(answer.status).toBe(500);
    expect(errorIn(answer)).toMatchObject({ code: "hub_unavailable" });
    expect(answer.body).not.toMatch(/secret|http\.test/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/secret words|the-token/);
  });

  it("gives the error of the hub where a route throws one", async () => {
    const { url, lines } = await serve(async () => {
      throw new BatonError("hub_unavailable", "the hub is ending");
    });
    const answer = await get(`${url}/it`, { headers: bearer() });
    expect(answer.status).toBe(503);
    expect(errorIn(answer).message).toBe("the hub is ending");
    expect(lines).toEqual([]);
  });
});

describe("the hub's door", () => {
  it("is on the loopback address alone", async () => {
    const { url } = await serve();
    expect(new URL(url).hostname).toBe("127.0.0.1");
    const other = connect(Number(new URL(url).port), "127.0.0.2");
    const [error] = await once(other, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });

  it("closes although a client still reads", async () => {
    const { url, endpoint } = await serve(async () => new Response(new ReadableStream()));
    const asked = ask(`${url}/it`, { headers: bearer(), agent: false });
    asked.end();
    const [response] = await once(asked, "response");
    const ended = once(response, "error");
    endpoint.closeDoor();
    endpoint.close();
    expect(await ended).toMatchObject([{ code: "ECONNRESET" }]);
  });
});
