import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  Server,
  type CallToolRequest,
  type CallToolResult,
  type Tool as ListedTool,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import { sentenceOf } from "../contracts/sentence.ts";
import type { Call } from "./call.ts";
import { INSTRUCTIONS, listTools, TOOLS } from "./catalogue.ts";
import type { FrontEnd } from "./front-end.ts";
import { errorResult } from "./result.ts";

/** What a server shows of itself, and how it answers. */
export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly instructions?: string;
  readonly listTools: () => ListedTool[];
  /** @throws whatever goes wrong; `failed` makes a result of it. */
  readonly call: (
    frontEnd: FrontEnd,
    params: CallToolRequest["params"],
    call: Call,
  ) => Promise<CallToolResult>;
  readonly failed: (error: TaskError) => CallToolResult;
}

/** Baton's own tools. */
export const BATON_PROFILE: Profile = {
  name: "baton",
  title: "Baton",
  instructions: INSTRUCTIONS,
  listTools,
  call: callTool,
  failed: errorResult,
};

export interface ServeOptions {
  readonly version: string;
  readonly profile: Profile;
  /** Made when a call needs it: the handshake and the list of tools need no hub. */
  readonly frontEnd: (call: Call) => Promise<FrontEnd>;
}

/** Serves the tools over stdio until the client closes it. */
export async function serveStdio({ version, profile, frontEnd }: ServeOptions): Promise<void> {
  const { name, title, instructions } = profile;
  const server = new Server(
    { name, title, version },
    { capabilities: { tools: {} }, ...(instructions === undefined ? {} : { instructions }) },
  );
  const tools = profile.listTools();
  const followed = new Set<string>();
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", async (request, context) => {
    // Before anything is loaded: a client counts from when it has sent the call.
    const call = callOf(server, context, followed);
    try {
      return await profile.call(await frontEnd(call), request.params, call);
    } catch (error) {
      return profile.failed(errorOf(error, "agent_error"));
    }
  });
  const closed = once(process.stdin, "close");
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}

async function callTool(
  frontEnd: FrontEnd,
  params: CallToolRequest["params"],
  call: Call,
): Promise<CallToolResult> {
  const tool = TOOLS.find(({ name }) => name === params.name);
  if (tool === undefined) {
    throw new BatonError("invalid_argument", `there is no tool ${JSON.stringify(params.name)}`, {
      hint: `Baton has: ${TOOLS.map(({ name }) => name).join(", ")}.`,
    });
  }
  const args = tool.schema.safeParse(params.arguments ?? {});
  if (!args.success) throw new BatonError("invalid_argument", sentenceOf(args.error));
  return tool.run(frontEnd, args.data, call);
}

function callOf(server: Server, { mcpReq }: ServerContext, followed: Set<string>): Call {
  const token = mcpReq._meta?.progressToken;
  let progress = 0;
  return {
    client: server.getClientVersion()?.name ?? "",
    meta: mcpReq._meta ?? {},
    signal: mcpReq.signal,
    startedAt: performance.now(),
    followed,
    progress: (message) => {
      if (token === undefined) return;
      progress += 1;
      const params = { progressToken: token, progress, message };
      // A client that is gone needs no progress.
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
    },
    roots: async () => rootsOf(server),
    elicit: server.getClientCapabilities()?.elicitation === undefined ? null : elicitWith(server),
  };
}

/** Beyond what any request of a task waits for; the one who asks gives up by signal. */
const ELICIT_LIMIT_MS = 3_600_000;
/** Loose: clients of `codex mcp-server` answered in a form of its own. */
const elicitedSchema = z.looseObject({ action: z.string().optional() });

function elicitWith(server: Server): NonNullable<Call["elicit"]> {
  return async (params, signal) =>
    server.request({ method: "elicitation/create", params }, elicitedSchema, {
      signal,
      timeout: ELICIT_LIMIT_MS,
    });
}

const ROOTS_LIMIT_MS = 2_000;

async function rootsOf(server: Server): Promise<readonly string[]> {
  if (server.getClientCapabilities()?.roots === undefined) return [];
  const listed = await server.listRoots(undefined, { timeout: ROOTS_LIMIT_MS }).catch(() => ({ roots: [] }));
  return listed.roots.filter(({ uri }) => uri.startsWith("file:")).map(({ uri }) => fileURLToPath(uri));
}
