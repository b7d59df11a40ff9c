import { z } from "zod";

import { limit } from "../../process/limit.ts";
import type { ToolAccess } from "../driver.ts";
import type { ClaudeProcess } from "./claude-process.ts";

/** The name under which an agent sees Baton's tools. */
export const OWN_SERVER = "baton";
/** How long Baton's server may take to answer; Claude Code 2.1.330 itself would wait for 30 s. */
const CONNECTED_LIMIT_MS = 10_000;

const answerSchema = z.looseObject({ errors: z.record(z.string(), z.string()).catch({}) });

/**
 * Gives a running Claude Code the tools of Baton: over stdin, since its arguments and files can be read by others. It
 * answers when it has connected and listed them, or could not (2.1.330); servers of a `--mcp-config` stay.
 * @returns what to warn of when it has no such tools.
 */
export async function connectOwnTools(
  claude: ClaudeProcess,
  { url, credential }: ToolAccess,
): Promise<string | null> {
  const server = { type: "http", url, headers: { Authorization: `Bearer ${credential}` } };
  const asked = claude.control({ subtype: "mcp_set_servers", servers: { [OWN_SERVER]: server } });
  const answer = await Promise.race([asked, limit(CONNECTED_LIMIT_MS)]);
  const why = answer === undefined ? "it does not answer" : whyNot(answer);
  return why === null ? null : `Claude Code cannot reach Baton's own tools and works without them: ${why}`;
}

function whyNot(answer: unknown): string | null {
  const parsed = answerSchema.safeParse(answer).data;
  return parsed === undefined ? "this version does not take them" : (parsed.errors[OWN_SERVER] ?? null);
}
