/** A block that no test runs, by its first line. */
interface NotRun {
  readonly page: string;
  readonly language: string;
  readonly first: string;
  readonly reason: string;
}

/** What stands in a page and is neither run nor parsed, with the reason. */
export const NOT_RUN: readonly NotRun[] = [
  {
    page: "docs/architecture.md",
    language: "text",
    first:
      " Claude Code ──stdio──► baton mcp ─┐                             ┌─► codex driver : one `codex app-server`",
    reason: "a drawing",
  },
  {
    page: "docs/architecture.md",
    language: "text",
    first:
      "cli → setup, doctor, mcp, demo → client → hub → handoff → agents, store, process → core → contracts",
    reason: "the order of the layers, which test/architecture holds",
  },
  {
    page: "docs/handoff.md",
    language: "text",
    first: "<handoff_context>",
    reason: "a part of a summary; test/unit/recorded-sessions.test.ts makes it",
  },
  {
    page: "docs/artifacts.md",
    language: "console",
    first: "baton relay --resume t_…",
    reason: "resumes a relay that was broken off; test/e2e/relay.test.ts does",
  },
  {
    page: "docs/plugins.md",
    language: "console",
    first: "npm install --global baton-bridge",
    reason: "installs for everybody; test/e2e/plugins.test.ts adds the plugins from a packed copy",
  },
  {
    page: "docs/moving.md",
    language: "diff",
    first: ' { "mcpServers": { "codex": {',
    reason:
      "a change to a file of another program; test/e2e/codex-profile.test.ts starts the server that it names",
  },
  {
    page: "docs/moving.md",
    language: "diff",
    first: " new MCPServerStdio({",
    reason: "a change to a program; test/e2e/codex-profile-agents-sdk.test.ts runs the SDK so",
  },
];
