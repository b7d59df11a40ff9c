/**
 * Where a lineage begins for a command in a shell: the agent's session when an agent runs this shell, else the shell.
 * Claude Code 2.1.330 and Codex 0.169.0 name their session in the shells that they start.
 */
export function rootOf(env: Readonly<Record<string, string | undefined>>): string {
  return env["CODEX_THREAD_ID"] ?? env["CLAUDE_CODE_SESSION_ID"] ?? `shell:${process.ppid}`;
}
