import { z } from "zod";
import type { Call } from "./call.ts";
import type { FrontEnd } from "./front-end.ts";

/** What Codex 0.169.0 attests with every call; the model cannot write it. */
const codexMetaSchema = z.object({
  threadId: z.string(),
  "x-codex-turn-metadata": z.object({ workspaces: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/**
 * The session that calls: Codex names its thread in each call, Claude Code 2.1.330 its session in the server's
 * environment. Any other client counts by its connection.
 */
export function rootOf({ env }: FrontEnd, { meta, connection }: Call): string {
  const codex = codexMetaSchema.safeParse(meta).data;
  return codex?.threadId ?? env["CLAUDE_CODE_SESSION_ID"] ?? connection.id;
}

/** The workspace folders that the client attests in the call itself. */
export function attestedFolders(meta: Call["meta"]): readonly string[] {
  const codex = codexMetaSchema.safeParse(meta).data;
  return Object.keys(codex?.["x-codex-turn-metadata"]?.workspaces ?? {});
}
