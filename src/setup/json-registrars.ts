import { stat } from "node:fs/promises";
import path from "node:path";

import { memberIn, withMember, withoutMember } from "./json-edit.ts";
import type { JsonDialect } from "../core/jsonc.ts";
import { folderOf, type Consent, type Registrar, type Server, type Surroundings } from "./registrar.ts";

/** For a call, in milliseconds; Baton returns by itself after nine minutes. */
const TIMEOUT_MS = 600_000;

const JSON_ITSELF: JsonDialect = { comments: "refused", trailingCommas: "refused" };
/** Gemini CLI 0.61.0 strips comments and gives the rest to a strict reader. */
const WITH_COMMENTS: JsonDialect = { comments: "allowed", trailingCommas: "refused" };
const LENIENT: JsonDialect = { comments: "allowed", trailingCommas: "allowed" };

interface Form {
  /** The object that holds the servers. */
  readonly parent: string;
  readonly dialect: JsonDialect;
  /** The values that the entry has to have. */
  readonly entry: (server: Server, consent: Consent) => Readonly<Record<string, unknown>>;
}

/** Editing by form: values that the user has added to an entry stay. */
function editing({ parent, dialect, entry }: Form): Pick<Registrar, "register" | "unregister"> {
  return {
    register: (text, server, { consent }) => {
      const at = [parent, server.name] as const;
      const before = memberIn(text, at, dialect);
      const kept = typeof before === "object" && before !== null ? before : {};
      return withMember(text, at, { value: { ...kept, ...entry(server, consent) }, dialect });
    },
    unregister: (text, name, former) => withoutMember(text, [parent, name], { former, dialect }),
  };
}

/** The entry of Claude Code 2.1.330, for its file as for its command. */
function claudeEntry({ kind, command, args }: Server): Readonly<Record<string, unknown>> {
  const entry = { type: "stdio", command, args };
  return kind === "baton" ? { ...entry, timeout: TIMEOUT_MS, alwaysLoad: true } : entry;
}

/**
 * Claude Code 2.1.330. The user's servers are in its own state file, so its own command writes them there; the project's
 * `.mcp.json` is people's own, and the command would format it anew.
 */
export const claudeRegistrar: Registrar = {
  agent: "claude",
  title: "Claude Code",
  executable: { name: "claude", variable: "BATON_CLAUDE_BIN" },
  configFile: async (scope, around) =>
    scope === "project"
      ? path.join(around.project, ".mcp.json")
      : path.join(folderOf(around, "CLAUDE_CONFIG_DIR"), ".claude.json"),
  instructionsFile: (scope, around) =>
    path.join(
      scope === "project" ? around.project : folderOf(around, "CLAUDE_CONFIG_DIR", ".claude"),
      "CLAUDE.md",
    ),
  question: null,
  hasConsent: () => false,
  ...editing({ parent: "mcpServers", dialect: JSON_ITSELF, entry: claudeEntry }),
  ownCommand: (server, scope) =>
    scope === "project"
      ? null
      : {
          remove: ["mcp", "remove", server.name, "--scope", scope],
          add: ["mcp", "add-json", server.name, JSON.stringify(claudeEntry(server)), "--scope", scope],
        },
  hint: { user: null, project: "Claude Code asks once whether this folder's servers may be started." },
};

/** Gemini CLI 0.61.0. Its `gemini mcp add` keeps comments and formats the file anew; so the file is edited here. */
export const geminiRegistrar: Registrar = {
  agent: "gemini",
  title: "Gemini CLI",
  executable: { name: "gemini", variable: "BATON_GEMINI_BIN" },
  configFile: async (scope, around) => path.join(geminiFolder(scope, around), "settings.json"),
  instructionsFile: (scope, around) =>
    path.join(scope === "project" ? around.project : geminiFolder(scope, around), "GEMINI.md"),
  question:
    "Gemini: may it call Baton's tools without asking you each time? Without that it offers none of them headless.",
  hasConsent: (text) => {
    const entry = memberIn(text, ["mcpServers", "baton"], WITH_COMMENTS);
    return typeof entry === "object" && entry !== null && "trust" in entry && entry.trust === true;
  },
  ...editing({
    parent: "mcpServers",
    dialect: WITH_COMMENTS,
    entry: ({ kind, command, args }, consent) => {
      if (kind !== "baton") return { command, args };
      return { command, args, timeout: TIMEOUT_MS, ...(consent === "given" ? { trust: true } : {}) };
    },
  }),
  hint: { user: null, project: "Gemini reads it only in a folder that you have trusted." },
};

function geminiFolder(scope: "user" | "project", around: Surroundings): string {
  const above = scope === "project" ? around.project : folderOf(around, "GEMINI_CLI_HOME");
  return path.join(above, ".gemini");
}

/** opencode, as its documentation describes the file; its version 1 reads `opencode.json` and `opencode.jsonc`. */
export const opencodeRegistrar: Registrar = {
  agent: "opencode",
  title: "opencode",
  executable: { name: "opencode", variable: null },
  configFile: async (scope, around) => {
    const chosen = around.env["OPENCODE_CONFIG"];
    if (scope === "user" && chosen !== undefined && chosen !== "") return path.resolve(chosen);
    const folder = scope === "project" ? around.project : opencodeFolder(around);
    const commented = path.join(folder, "opencode.jsonc");
    return (await stat(commented).catch(() => null)) === null
      ? path.join(folder, "opencode.json")
      : commented;
  },
  instructionsFile: (scope, around) =>
    path.join(scope === "project" ? around.project : opencodeFolder(around), "AGENTS.md"),
  question: null,
  hasConsent: () => false,
  ...editing({
    parent: "mcp",
    dialect: LENIENT,
    entry: ({ command, args }) => ({ type: "local", command: [command, ...args], enabled: true }),
  }),
  hint: { user: null, project: null },
};

function opencodeFolder(around: Surroundings): string {
  return path.join(folderOf(around, "XDG_CONFIG_HOME", ".config"), "opencode");
}
