import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

import { z } from "zod";

import type { Environment } from "../driver.ts";
import { isBatonServer } from "../own-server.ts";

const section = z.record(z.string(), z.unknown()).catch({});
const strings = z
  .union([z.string(), z.array(z.unknown())])
  .catch([])
  .transform((value) => [value].flat().filter((item) => typeof item === "string"));

/** What is read of a `settings.json` of Gemini CLI 0.61.0. */
const settingsSchema = z.looseObject({
  general: section,
  security: z
    .looseObject({ auth: z.looseObject({ selectedType: z.string().optional().catch(undefined) }).catch({}) })
    .catch({ auth: {} }),
  context: z.looseObject({ fileName: strings }).catch({ fileName: [] }),
  hooksConfig: section,
  mcpServers: section,
  policyPaths: strings,
  tools: section,
});
export type UserSettings = z.infer<typeof settingsSchema>;

/** The folder `.gemini` of a person: in their home, or where `GEMINI_CLI_HOME` says. */
export function geminiFolderOf(env: Environment): string {
  return path.join(personsHome(env), ".gemini");
}

export function personsHome(env: Environment): string {
  const chosen = env["GEMINI_CLI_HOME"] ?? "";
  return chosen === "" ? (env["HOME"] ?? env["USERPROFILE"] ?? homedir()) : chosen;
}

/** The person's settings, comments and all; empty where there are none, or none that can be read. */
export async function readUserSettings(folder: string): Promise<UserSettings> {
  const text = await readFile(path.join(folder, "settings.json"), "utf8").catch(() => "{}");
  return settingsSchema.safeParse(parsed(text)).data ?? settingsSchema.parse({});
}

/** Names of variables in the person's settings: Gemini CLI fills in `$NAME`, `${NAME}` and `${NAME:-otherwise}`. */
export async function variablesNamedIn(folder: string): Promise<readonly string[]> {
  const text = await readFile(path.join(folder, "settings.json"), "utf8").catch(() => "");
  return [...text.matchAll(/\$(?:(\w+)|\{([^}:]+)(?::-[^}]*)?\})/g)].map(
    ([, bare, braced]) => bare ?? braced ?? "",
  );
}

/**
 * The person's settings that a child keeps: how to log in, which models, what is sent to whom, what they forbid. All others
 * stay out, those that later versions bring included: nothing else in them runs a program or allows a tool.
 */
const KEPT = ["security", "model", "modelConfigs", "privacy", "telemetry", "billing", "advanced", "admin"];
const KEPT_TOOLS = [
  "core",
  "exclude",
  "confirmationRequired",
  "sandbox",
  "sandboxAllowedPaths",
  "sandboxNetworkAccess",
];
const KEPT_CONTEXT = ["fileName", "fileFiltering", "memoryBoundaryMarkers", "importFormat"];

/** How often a request is tried: Gemini CLI's own 10 keep a dead host waiting for minutes (0.61.0). */
const ATTEMPTS = 2;

/**
 * The settings of Baton's own home for Gemini CLI. No conversation in it is ever cleared away: what 0.61.0 clears away after
 * a conversation was continued is the conversation itself.
 */
export function childSettings(user: UserSettings, selectedType: string | null): Record<string, unknown> {
  const kept = picked(user, KEPT);
  const { mcpServers } = user;
  const servers = Object.entries(mcpServers).filter((server) => !isBatonServer(...server));
  return {
    ...kept,
    security: {
      ...user.security,
      auth: { ...user.security.auth, ...(selectedType === null ? {} : { selectedType }) },
      enablePermanentToolApproval: false,
    },
    general: {
      retryFetchErrors: false,
      maxAttempts: ATTEMPTS,
      enableAutoUpdate: false,
      enableAutoUpdateNotification: false,
      sessionRetention: { enabled: false },
    },
    context: { ...picked(user.context, KEPT_CONTEXT) },
    tools: picked(user.tools, KEPT_TOOLS),
    mcp: picked(sectionOf(user["mcp"]), ["excluded"]),
    mcpServers: Object.fromEntries(servers),
    ...(user.hooksConfig["enabled"] === false ? { hooksConfig: { enabled: false } } : {}),
  };
}

function picked(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

function sectionOf(value: unknown): Record<string, unknown> {
  return section.parse(value);
}

/** JSON with comments and trailing commas, which Gemini CLI allows. */
function parsed(text: string): unknown {
  const bare = text
    .replace(/^\uFEFF/, "")
    .replace(STRING_OR_COMMENT, (match) => (match[0] === "/" ? " " : match));
  try {
    return JSON.parse(bare);
  } catch {
    return {};
  }
}

const STRING_OR_COMMENT = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
