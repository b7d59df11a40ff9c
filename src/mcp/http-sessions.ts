import { randomUUID } from "node:crypto";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { Who } from "../contracts/http.ts";
import { buildServer, type ServeOptions } from "./server.ts";

/** A session of which nobody has asked for this long, and has nothing open either, is over; in milliseconds. */
const UNUSED_MS = 30 * 60_000;
/** One agent with many threads has a session for each; more than these are a client that forgets to end them. */
const MAX_PER_HOLDER = 64;

interface Session {
  readonly holder: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly end: () => void;
  open: number;
  usedAt: number;
}

/** The sessions of clients that follow a revision before 2026-07-28. */
export interface HttpSessions {
  fetch(request: Request, who: Who): Promise<Response>;
}

/** @param unusedMs for tests */
export function createHttpSessions(options: ServeOptions, unusedMs = UNUSED_MS): HttpSessions {
  const sessions = new Map<string, Session>();

  const open = async (who: Who): Promise<Session> => {
    const closed = new AbortController();
    const end = () => {
      sessions.delete(transport.sessionId ?? "");
      if (who.kind === "child") who.revoked.removeEventListener("abort", end);
      closed.abort();
      void server.close();
    };
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, session),
      onsessionclosed: end,
    });
    const connection = { closed: closed.signal, followed: new Set<string>() };
    const server = buildServer(options, who, connection);
    const session: Session = { holder: holderOf(who), transport, end, open: 0, usedAt: Date.now() };
    if (who.kind === "child") who.revoked.addEventListener("abort", end);
    await server.connect(transport);
    return session;
  };
  const sweep = (): void => {
    const before = Date.now() - unusedMs;
    for (const { open: isOpen, usedAt, end } of sessions.values()) {
      if (isOpen === 0 && usedAt <= before) end();
    }
  };
  /** Ends the holder's session that was unused for longest when there are too many. */
  const hasRoom = (holder: string): boolean => {
    const held = [...sessions.values()].filter((session) => session.holder === holder);
    if (held.length < MAX_PER_HOLDER) return true;
    const [longest] = held.filter((session) => session.open === 0).toSorted((a, b) => a.usedAt - b.usedAt);
    longest?.end();
    return longest !== undefined;
  };
  const begin = async (request: Request, who: Who): Promise<Response> => {
    sweep();
    if (!hasRoom(holderOf(who))) return refusal(429, "too many sessions are open");
    const session = await open(who);
    const response = await use(session, request);
    // Anything but an initialize opens none.
    if (session.transport.sessionId === undefined) session.end();
    return response;
  };

  return {
    fetch: async (request, who) => {
      const id = request.headers.get("mcp-session-id");
      if (id === null) return begin(request, who);
      const session = sessions.get(id);
      if (session?.holder !== holderOf(who)) return refusal(404, "Session not found");
      return use(session, request);
    },
  };
}

/** Sessions belong to whoever has opened them: a session id alone opens nothing. */
function holderOf(who: Who): string {
  return who.kind === "owner" ? "owner" : `child ${who.session} ${who.access}`;
}

async function use(session: Session, request: Request): Promise<Response> {
  session.open += 1;
  const release = () => {
    session.open -= 1;
    session.usedAt = Date.now();
  };
  const response = await session.transport.handleRequest(request);
  if (response.body === null) {
    release();
    return response;
  }
  const { status, headers } = response;
  const watched = response.body.pipeThrough(new TransformStream({ flush: release, cancel: release }));
  return new Response(watched, { status, headers });
}

/** A refusal in the form that MCP clients read. */
function refusal(status: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code: -32_001, message }, id: null }, { status });
}
