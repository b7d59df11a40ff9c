import type { McpServer } from "@agentclientprotocol/sdk";
import type { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { limit } from "../../process/limit.ts";
import type { OpenRequest, ToolAccess } from "../driver.ts";
import { chooseModel, enterMode, type FreshSession } from "./options.ts";
import { failureIn, type AcpProcess, type SessionListener } from "./process.ts";
import type { AcpPlan, AcpProfile } from "./profile.ts";
import { openedSchema, type Capabilities, type Opened } from "./wire.ts";

/** What an opened session is held by. */
export interface OpenedSession {
  readonly id: string;
  /** Nobody hears this session any more. */
  readonly stopListening: () => void;
}

export interface Opening {
  readonly process: AcpProcess;
  readonly profile: AcpProfile;
  readonly plan: AcpPlan;
  readonly request: OpenRequest;
  readonly listener: SessionListener;
  /** How long the agent may take, in milliseconds: one whose login has expired may wait for a browser. */
  readonly limitMs: number;
}

/** How long a replay may take to come to its end after the answer, in milliseconds. */
const REPLAY_LIMIT_MS = 10_000;

/**
 * Opens a session in a running agent: a new one, or exactly the one that is asked for, with its tools, model, effort and
 * mode.
 * @throws BatonError `session_not_found`, `session_busy`, `agent_auth`, `access_denied`, `invalid_argument`, `agent_error`
 */
export async function openSession(opening: Opening): Promise<OpenedSession> {
  const { process, profile, plan, request } = opening;
  const opened = await (request.nativeId === null ? startNew(opening) : takeUp(opening, request.nativeId));
  const { agent, title } = profile;
  const fresh: FreshSession = { ...opened, agent, title, process };
  try {
    await chooseModel(fresh, request);
    if (plan.session.mode !== null) await enterMode(fresh, plan.session.mode);
    return opened;
  } catch (error) {
    opened.stopListening();
    throw error;
  }
}

type Found = OpenedSession & { readonly opened: Opened };

async function startNew(opening: Opening): Promise<Found> {
  const opened = await ask(opening, "session/new", newSession(opening));
  const id = opened.sessionId;
  if (id === undefined) throw unusable(opening);
  return { id, opened, stopListening: listenTo(opening, id, opening.listener) };
}

async function takeUp(opening: Opening, id: string): Promise<Found> {
  const { process, plan, profile } = opening;
  const way = await plan.session.wayBack(id, process.capabilities);
  if (way === "lost") throw lost(profile.title, id);
  const replay = createReplay(opening.listener);
  const stopListening = listenTo(opening, id, replay.listener);
  try {
    const opened = await ask(opening, `session/${way}`, { sessionId: id, ...newSession(opening) });
    // Gemini CLI 0.61.0 answers before it has replayed: what comes late would be taken for the next turn's.
    if (way === "load") await replay.isOver(plan.session.settleMs);
    replay.end();
    return { id, opened, stopListening };
  } catch (error) {
    stopListening();
    throw error;
  }
}

/** Hears nothing of what is replayed, and tells when no more of it comes. */
function createReplay(listener: SessionListener) {
  let heard = performance.now();
  let isReplaying = true;
  return {
    listener: {
      ask: (asked, withdrawn) => listener.ask(asked, withdrawn),
      hearOdd: (line) => listener.hearOdd(line),
      hear: (update) => {
        heard = performance.now();
        if (!isReplaying) listener.hear(update);
      },
    } satisfies SessionListener,
    async isOver(settleMs: number): Promise<void> {
      const began = performance.now();
      heard = began;
      for (;;) {
        const now = performance.now();
        const left = settleMs - (now - heard);
        if (left <= 0 || now - began > REPLAY_LIMIT_MS) return;
        await limit(left);
      }
    },
    end: () => {
      isReplaying = false;
    },
  };
}

function listenTo({ process, profile }: Opening, id: string, listener: SessionListener): () => void {
  const stop = process.listen(id, listener);
  if (stop !== null) return stop;
  throw new BatonError("session_busy", `The conversation ${id} is open in ${profile.title} already.`, {
    hint: "Wait for the task that runs in it.",
  });
}

async function ask(
  { process, profile, request, limitMs }: Opening,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<z.infer<typeof openedSchema>> {
  try {
    const opening = process.request(method, params, openedSchema);
    const opened = await Promise.race([opening, limit(limitMs)]);
    if (opened === undefined) throw BatonError.from(profile.words.stuckOpening(limitMs));
    return opened;
  } catch (error) {
    const failure = failureIn(error, process);
    if (failure === null) throw error;
    const { nativeId } = request;
    if (nativeId !== null && profile.words.isUnknownSession(failure)) throw lost(profile.title, nativeId);
    throw BatonError.from(profile.words.failureOf(failure));
  }
}

function newSession({ request, process }: Opening) {
  const { cwd, tools, depth } = request;
  return { cwd, mcpServers: tools === null ? [] : [ownServer(tools, depth, process.capabilities)] };
}

/** Baton's own tools: by address, with what shows whose call it is, or as a program, which is known by its process. */
function ownServer(
  { url, credential, command }: ToolAccess,
  depth: number,
  { mcpCapabilities }: Capabilities,
): McpServer {
  if (mcpCapabilities.http) {
    const headers = [{ name: "Authorization", value: `Bearer ${credential}` }];
    return { type: "http", name: OWN_SERVER, url, headers };
  }
  const [program, ...args] = command;
  return { name: OWN_SERVER, command: program, args, env: [{ name: "BRIDGE_DEPTH", value: String(depth) }] };
}

/** The name under which an agent sees Baton's tools. */
export const OWN_SERVER = "baton";

function lost(title: string, id: string): BatonError {
  return new BatonError("session_not_found", `${title} has no conversation ${id} that it could take up.`, {
    hint: "It may lie in another home, or have been deleted. Start a new session.",
  });
}

function unusable({ profile }: Opening): BatonError {
  return new BatonError("agent_unavailable", `${profile.title} opened a session without an id.`, {
    hint: `Update ${profile.title}.`,
  });
}
