import type { Tool as ListedTool } from "@modelcontextprotocol/server";
import type { Who } from "../contracts/http.ts";

/** The tools that there are for whoever asks: an agent that may only read has only those that only read. */
export function visibleTools(tools: readonly ListedTool[], who: Who): ListedTool[] {
  const readsOnly = who.kind === "child" && who.access === "read";
  return tools.filter(({ annotations }) => !readsOnly || annotations?.readOnlyHint === true);
}
