import {
  inputRequired,
  Server,
  type CallToolRequest,
  type CallToolResult,
  type Tool as ListedTool,
} from "@modelcontextprotocol/server";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import type { Who } from "../contracts/http.ts";
import { sentenceOf } from "../contracts/sentence.ts";
import type { Call, Connection } from "./call.ts";
import { INSTRUCTIONS, listTools, TOOLS } from "./catalogue.ts";
import type { FrontEnd } from "./front-end.ts";
import { callOf, ROOTS, RootsWanted } from "./incoming.ts";
import { errorResult } from "./result.ts";
import { visibleTools } from "./visible.ts";

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
  /** Asked for with each call: the handshake and the list of tools need no hub. */
  readonly frontEnd: (call: Call, who: Who) => Promise<FrontEnd>;
}

/** A server for one client, however it is reached. */
export function buildServer(options: ServeOptions, who: Who, connection: Connection): Server {
  const { version, profile, frontEnd } = options;
  const { name, title, instructions } = profile;
  const server = new Server(
    { name, title, version },
    { capabilities: { tools: {} }, ...(instructions === undefined ? {} : { instructions }) },
  );
  const all = profile.listTools();
  const tools = visibleTools(all, who);
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    // Before anything is loaded: a client counts from when it has sent the call.
    const answering = new AbortController();
    const call = callOf({ who, server, mcpReq, connection, answered: answering.signal });
    try {
      const isNamed = (tool: ListedTool) => tool.name === params.name;
      if (all.some(isNamed) && !tools.some(isNamed)) throw hidden(params.name);
      return await profile.call(await frontEnd(call, who), params, call);
    } catch (error) {
      if (error instanceof RootsWanted) {
        return inputRequired({ inputRequests: { [ROOTS]: inputRequired.listRoots() } });
      }
      return profile.failed(errorOf(error, "agent_error"));
    } finally {
      answering.abort();
    }
  });
  return server;
}

function hidden(name: string): BatonError {
  return new BatonError("access_denied", `${name} is beyond the access of this task, which may only read`, {
    hint: "Leave it to whoever has asked you.",
  });
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
