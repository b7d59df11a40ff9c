import { fileURLToPath } from "node:url";
import { inputResponse, type Server, type ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Who } from "../contracts/http.ts";
import type { Call, Connection } from "./call.ts";

/** Thrown to ask the client for its roots with the result itself; it calls again with them. */
export class RootsWanted extends Error {
  override readonly name = "RootsWanted";
}

/** The name under which a client answers. */
export const ROOTS = "roots";

type McpRequest = ServerContext["mcpReq"];

/** The call of a client, and what came before it. */
export interface Incoming {
  readonly who: Who;
  readonly server: Server;
  readonly mcpReq: McpRequest;
  readonly connection: Connection;
  /** Aborted once the call has been answered: what is asked after that is no part of it any more. */
  readonly answered: AbortSignal;
}

/** A `tools/call` as the tools see it. */
export function callOf(incoming: Incoming): Call {
  const { server, mcpReq, connection } = incoming;
  const token = mcpReq._meta?.progressToken;
  let progress = 0;
  return {
    client: server.getClientVersion()?.name ?? "",
    meta: mcpReq._meta ?? {},
    connection,
    signal: mcpReq.signal,
    startedAt: performance.now(),
    progress: (message) => {
      if (token === undefined) return;
      progress += 1;
      const params = { progressToken: token, progress, message };
      // A client that is gone needs no progress.
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
    },
    roots: async () => rootsOf(server, mcpReq),
    elicit: canElicit(incoming) ? elicitWith(incoming) : null,
  };
}

/** From revision 2026-07-28 on a server asks nothing by itself: every request says which revision it follows. */
function asksByResult({ envelope }: McpRequest): boolean {
  return envelope !== undefined;
}

/** An agent of the hub's own has no person to ask: what it is asked would only be asked of the hub again. */
function canElicit({ who, server, mcpReq }: Incoming): boolean {
  return (
    who.kind === "owner" && server.getClientCapabilities()?.elicitation !== undefined && !asksByResult(mcpReq)
  );
}

/** Beyond what any request of a task waits for; the one who asks gives up by signal. */
const ELICIT_LIMIT_MS = 3_600_000;
/** Loose: clients of `codex mcp-server` answered in a form of its own. */
const elicitedSchema = z.looseObject({ action: z.string().optional() });

function elicitWith({ server, mcpReq, answered }: Incoming): NonNullable<Call["elicit"]> {
  return async (params, signal) =>
    server.request({ method: "elicitation/create", params }, elicitedSchema, {
      signal,
      timeout: ELICIT_LIMIT_MS,
      ...(answered.aborted ? {} : { relatedRequestId: mcpReq.id }),
    });
}

const ROOTS_LIMIT_MS = 2_000;

/** @throws RootsWanted */
async function rootsOf(server: Server, mcpReq: McpRequest): Promise<readonly string[]> {
  if (server.getClientCapabilities()?.roots === undefined) return [];
  const { roots } = asksByResult(mcpReq) ? answeredRoots(mcpReq) : await askForRoots(server, mcpReq);
  return roots.filter(({ uri }) => uri.startsWith("file:")).map(({ uri }) => fileURLToPath(uri));
}

interface Roots {
  readonly roots: readonly { readonly uri: string }[];
}

const NO_ROOTS: Roots = { roots: [] };

async function askForRoots(server: Server, { id }: McpRequest): Promise<Roots> {
  // Over HTTP it goes along with the call: the client may have nothing else open.
  const options = { timeout: ROOTS_LIMIT_MS, relatedRequestId: id };
  return server.listRoots(undefined, options).catch(() => NO_ROOTS);
}

const rootsSchema = z.object({ roots: z.array(z.object({ uri: z.string() })) });

function answeredRoots({ inputResponses }: McpRequest): Roots {
  // Any answer at all: a client that gives none that is of use is not asked again.
  if (inputResponses === undefined) throw new RootsWanted();
  const answered = inputResponse(inputResponses, ROOTS);
  return rootsSchema.safeParse(answered).data ?? NO_ROOTS;
}
