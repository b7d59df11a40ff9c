import { z } from "zod";
import type { ClientSession } from "../contracts/origin.ts";
import type { Access } from "../contracts/task.ts";
import type { Call } from "./call.ts";

const turnSchema = z.looseObject({
  parent_thread_id: z.string().optional().catch(undefined),
  sandbox_mode: z.string().optional().catch(undefined),
  workspaces: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** What Codex 0.169.0 attests with every call; the model cannot write it. */
const codexMetaSchema = z.looseObject({
  threadId: z.string(),
  /** The thread that a sub-agent belongs to. */
  sessionId: z.string().optional().catch(undefined),
  "x-codex-turn-metadata": turnSchema.optional().catch(undefined),
});

/** The sandboxes of Codex 0.169.0, as its clients name them. */
const CODEX_SANDBOX: Readonly<Record<string, Access>> = {
  "read-only": "read",
  "workspace-write": "write",
  "danger-full-access": "full",
};

/**
 * The session that calls: Codex names its thread in each call, Claude Code 2.1.330 its session in the server's
 * environment, which stays the first one after `/clear`; `now` is the one that it has now. Any other client counts by
 * the process that has started the server.
 */
export function clientSessionOf(
  { client, meta }: Pick<Call, "client" | "meta">,
  env: Readonly<Record<string, string | undefined>>,
  now: string | null = null,
): ClientSession {
  const codex = codexMetaSchema.safeParse(meta).data;
  if (codex !== undefined) {
    const { threadId, sessionId, "x-codex-turn-metadata": turn } = codex;
    const sessions = [threadId, turn?.parent_thread_id, sessionId].filter((id) => id !== undefined);
    return { agent: "codex", sessions, access: CODEX_SANDBOX[turn?.sandbox_mode ?? ""] ?? null };
  }
  const claude = env["CLAUDE_CODE_SESSION_ID"];
  const agent = client === "claude-code" ? "claude" : null;
  // The first one stays the root: what was asked before `/clear` is still theirs.
  const sessions = [now, claude].filter((id) => id !== null && id !== undefined);
  return { agent, sessions: [...new Set(sessions)], access: null };
}

/** The workspace folders that the client attests in the call itself. */
export function attestedFolders(meta: Call["meta"]): readonly string[] {
  const codex = codexMetaSchema.safeParse(meta).data;
  return Object.keys(codex?.["x-codex-turn-metadata"]?.workspaces ?? {});
}
