import path from "node:path";

import { folderOf, type Consent, type Registrar, type Server, type Surroundings } from "./registrar.ts";
import { tableIn, withoutTable, withTable, type TablePath, type TomlTable } from "./toml-edit.ts";

/** Baton returns by itself long before. A multiple of five: so a time that has run out is told from an interruption. */
const TOOL_TIMEOUT_SECONDS = 600;
const STARTUP_TIMEOUT_SECONDS = 20;

/**
 * Codex 0.169.0. Its `codex mcp add` cannot set these values, and writes the whole of `mcp_servers` anew, without the
 * comments; so the file is edited here.
 */
export const codexRegistrar: Registrar = {
  agent: "codex",
  title: "Codex",
  executable: { name: "codex", variable: "BATON_CODEX_BIN" },
  configFile: async (scope, around) =>
    scope === "project"
      ? path.join(around.project, ".codex", "config.toml")
      : path.join(folderOf(around, "CODEX_HOME", ".codex"), "config.toml"),
  instructionsFile: (scope, around) =>
    path.join(scope === "project" ? around.project : folderOf(around, "CODEX_HOME", ".codex"), "AGENTS.md"),
  question:
    "Codex: may it call Baton's tools without asking you each time? Without that `codex exec` can only ask.",
  hasConsent: (text) => tableIn(text, pathOf("baton"))?.["default_tools_approval_mode"] === "approve",
  register: (text, server, { consent, around }) => {
    const at = pathOf(server.name);
    return withTable(text, at, entry(server, tableIn(text, at) ?? {}, { consent, around }));
  },
  unregister: (text, name, former) => withoutTable(text, pathOf(name), former),
  hint: { user: null, project: "Codex reads it only in a folder that you have trusted." },
};

function pathOf(name: string): TablePath {
  return ["mcp_servers", name];
}

interface EntryOptions {
  readonly consent: Consent;
  readonly around: Surroundings;
}

function entry(
  { kind, command, args }: Server,
  before: Readonly<Record<string, unknown>>,
  { consent, around }: EntryOptions,
): TomlTable {
  if (kind !== "baton") return { command, args };
  return {
    command,
    args,
    ...variablesOf(before["env_vars"], around.variables),
    startup_timeout_sec: atLeast(STARTUP_TIMEOUT_SECONDS, before["startup_timeout_sec"]),
    tool_timeout_sec: atLeast(TOOL_TIMEOUT_SECONDS, before["tool_timeout_sec"]),
    supports_parallel_tool_calls: true,
    ...(consent === "given" ? { default_tools_approval_mode: "approve" } : {}),
  };
}

/** Names that stand there stay, so that setting up from another shell takes none away; a form of the user's own stays too. */
function variablesOf(before: unknown, variables: readonly string[]): TomlTable {
  const named: unknown[] = Array.isArray(before) ? before : [];
  const names = named.filter((name) => typeof name === "string");
  return names.length < named.length ? {} : { env_vars: [...new Set([...names, ...variables])] };
}

/** As a float always: Codex has ignored integers. */
function atLeast(seconds: number, before: unknown): { readonly float: number } {
  return { float: typeof before === "number" && before > seconds ? before : seconds };
}
