import { parseArgs } from "node:util";
import type { McpOptions } from "./commands/mcp.ts";

/** The options of a plain `baton mcp`; null for any other command, and for one that needs an explanation. */
export function mcpOptionsIn(args: readonly string[]): McpOptions | null {
  const [command, ...rest] = args;
  if (command !== "mcp") return null;
  try {
    const { values } = parseArgs({ args: rest, options: OPTIONS, strict: true, allowPositionals: false });
    const { "max-wait": maxWait, ...others } = values;
    return { ...others, ...(maxWait === undefined ? {} : { maxWait }) };
  } catch {
    return null;
  }
}

const OPTIONS = {
  home: { type: "string" },
  config: { type: "string" },
  "max-wait": { type: "string" },
  profile: { type: "string" },
  child: { type: "string" },
} as const;
