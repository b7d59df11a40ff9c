const SECOND = 1_000;

/**
 * How long a client waits for a call, less a margin to answer in, in milliseconds. Codex 0.169.0 gives up after 300 s
 * and progress does not help; Claude Code 2.1.330 waits for hours unless MCP_TOOL_TIMEOUT says otherwise; Gemini CLI
 * 0.61.0 gives up after the 600 s that `baton setup` writes too, whatever the progress; others are known to stop at 60 s.
 */
const BY_CLIENT: Readonly<Record<string, number>> = {
  "codex-mcp-client": 240 * SECOND,
  "claude-code": 540 * SECOND,
  "gemini-cli-mcp-client": 540 * SECOND,
};
const UNKNOWN_CLIENT = 50 * SECOND;
const SHARE_OF_LIMIT = 0.9;

/** The longest time that a call of this client may take. */
export function patienceOf(client: string, env: Readonly<Record<string, string | undefined>>): number {
  const usual = BY_CLIENT[client] ?? UNKNOWN_CLIENT;
  const own = client === "claude-code" ? Number(env["MCP_TOOL_TIMEOUT"]) : Number.NaN;
  return own > 0 ? Math.min(usual, own * SHARE_OF_LIMIT) : usual;
}

/** What Codex 0.169.0 says both when its limit is over and when a person interrupts. */
const CODEX_REASON = "MCP request cancelled by caller";
const CODEX_LIMIT_STEP = 5 * SECOND;
const CODEX_LIMIT_MARGIN = 300;

/**
 * Whether a client that gives a call up has run out of time, as against a person who interrupts it. Claude Code 2.1.330
 * says "SdkError: Request timed out" or "AbortError: user-cancel". Codex does not say; its limits are set in round
 * seconds, so a call that it gives up right after such a limit ran out of time.
 */
export function isTimeout(reason: unknown, elapsedMs: number): boolean {
  if (reason === CODEX_REASON) {
    return elapsedMs >= CODEX_LIMIT_STEP && elapsedMs % CODEX_LIMIT_STEP < CODEX_LIMIT_MARGIN;
  }
  return typeof reason === "string" && /tim(ed|e)[ -]?out/i.test(reason);
}
