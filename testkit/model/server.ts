import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

import { answerFor, type Answer } from "./answer.ts";
import { turnOf } from "./conversation.ts";
import type { Dialect } from "./dialect.ts";
import { generate, generateAddress } from "./generate.ts";
import { Gates } from "./gates.ts";
import { credentialKind, RequestLog, withoutCredentials, type LoggedRequest } from "./log.ts";
import { messages } from "./messages.ts";
import { perform, sendJson } from "./perform.ts";
import { Plan, type Rule } from "./plan.ts";
import { responses } from "./responses.ts";
import { ScriptError } from "./script.ts";

/** A running scripted model. */
export interface Model {
  /** `http://127.0.0.1:PORT`; the Responses API is below `/v1`, the Messages API and Gemini's take it as their base. */
  url: string;
  port: number;
  /** Every model request so far, oldest first. */
  requests: readonly LoggedRequest[];
  /** The first request, past or future, that the predicate accepts. */
  waitForRequest: (
    accepts: (request: LoggedRequest) => boolean,
    options?: { timeout_ms?: number },
  ) => Promise<LoggedRequest>;
  /** Lets the answers go that `wait_for` this name, those to come too. */
  release: (name: string) => void;
  /** Sent along with every answer from now on: a test adds what a provider would tell, such as how much is used up. */
  answerHeaders: Record<string, string>;
  /** What it does with prompts without a SCRIPT, the first that fits; a test may add to them. */
  rules: Rule[];
  close: () => Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/** Starts the model on 127.0.0.1, on a free port unless one is given. */
export async function startModel({
  rules = [],
  port = 0,
}: { rules?: Rule[]; port?: number } = {}): Promise<Model> {
  const log = new RequestLog();
  const gates = new Gates();
  const plan = new Plan(rules);
  const answerHeaders: Record<string, string> = {};
  const server = createServer((request, to) => {
    route({ log, gates, plan, answerHeaders }, request, to).catch((error: unknown) => {
      if (!to.headersSent) sendJson(to, 500, { error: { message: String(error) } });
      else to.destroy();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests: log.requests,
    waitForRequest: (accepts, { timeout_ms = DEFAULT_TIMEOUT_MS } = {}) => log.waitFor(accepts, timeout_ms),
    answerHeaders,
    rules,
    release: (name) => gates.release(name),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Parts {
  log: RequestLog;
  gates: Gates;
  plan: Plan;
  answerHeaders: Readonly<Record<string, string>>;
}

async function route(parts: Parts, request: IncomingMessage, to: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const release = /^\/control\/release\/(.+)$/.exec(pathname)?.[1];
  switch (`${request.method} ${pathname}`) {
    case "POST /v1/responses":
      return serveModel(parts, responses, request, to);
    case "POST /v1/messages":
      return serveModel(parts, messages, request, to);
    case "POST /v1/messages/count_tokens":
      return sendJson(to, 200, { input_tokens: JSON.stringify(await json(request)).length });
    case "GET /v1/models":
      return sendJson(to, 200, { object: "list", data: [], has_more: false });
    case "GET /control/requests":
      return sendJson(to, 200, parts.log.requests);
  }
  const address = generateAddress(pathname);
  if (request.method === "POST" && address !== undefined) {
    return serveModel(parts, generate(address), request, to);
  }
  if (request.method === "POST" && /^\/v1beta\/models\/[^/:]+:countTokens$/.test(pathname)) {
    return sendJson(to, 200, { totalTokens: JSON.stringify(await json(request)).length });
  }
  if (request.method === "POST" && release !== undefined) {
    parts.gates.release(decodeURIComponent(release));
    return sendJson(to, 200, {});
  }
  return sendJson(to, 404, { error: { message: `the scripted model has no ${request.method} ${pathname}` } });
}

async function serveModel(
  { log, gates, plan, answerHeaders }: Parts,
  dialect: Dialect,
  incoming: IncomingMessage,
  to: ServerResponse,
): Promise<void> {
  const body = await json(incoming);
  const request = dialect.read(body, incoming.headers);
  const turn = turnOf(request.entries);
  const logged: LoggedRequest = {
    ...request,
    api: dialect.api,
    at: new Date().toISOString(),
    prompt: turn.prompt,
    body,
    status: undefined,
    headers: withoutCredentials(incoming.headers),
    credential: credentialKind(incoming.headers),
  };
  log.add(logged);
  const text = JSON.stringify(body);
  const answer = scripted(() => answerFor(plan.stepFor(request, turn, text), request, turn, text.length));
  logged.status = answer.kind === "fail" ? answer.status : 200;
  for (const [name, value] of Object.entries(answerHeaders)) to.setHeader(name, value);
  await perform({ id: randomBytes(8).toString("hex"), dialect, request, answer, gates }, to);
}

/** A prompt whose SCRIPT cannot be read is refused, so that the agent shows why. */
function scripted(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof ScriptError) {
      return { kind: "fail", status: 400, message: error.message, details: [], headers: {} };
    }
    throw error;
  }
}
