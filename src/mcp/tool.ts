import type { CallToolResult, ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { FrontEnd } from "./front-end.ts";
import type { Call } from "./call.ts";

/** One tool of the server: what the model reads about it, and what it does. */
export interface Tool<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** What a model would search for; both clients defer tools behind a search. */
  readonly searchHint: string;
  readonly schema: S;
  readonly run: (frontEnd: FrontEnd, args: z.infer<S>, call: Call) => Promise<CallToolResult>;
}

/** Ties a tool's schema to the arguments that its work gets. */
export function defineTool<S extends z.ZodType>(tool: Tool<S>): Tool {
  // Arguments reach `run` only after they went through `schema`.
  return tool;
}
