import { readFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import type { Environment } from "../driver.ts";
import { isBatonServer } from "../own-server.ts";

const stringsSchema = z
  .array(z.unknown())
  .catch([])
  .transform((items) => items.filter((item) => typeof item === "string"));

const permissionsSchema = z.looseObject({
  allow: stringsSchema,
  deny: stringsSchema,
  ask: stringsSchema,
});

/** What we read of a settings file of Claude Code 2.1.330; the rest is kept as it is. */
export const settingsSchema = z.looseObject({
  env: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).catch({}),
  permissions: permissionsSchema.catch({ allow: [], deny: [], ask: [] }),
  hooks: z.record(z.string(), z.array(z.unknown()).catch([])).catch({}),
  /** Servers of a `.mcp.json` that somebody does not want. */
  disabledMcpjsonServers: stringsSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

/** The settings that would apply to a conversation in one directory, if Claude Code loaded them. */
export interface SettingsInForce {
  readonly user: Settings;
  /** `.claude/settings.json` and `.claude/settings.local.json` of the directory. */
  readonly project: readonly Settings[];
  /** The servers of its `.mcp.json`. */
  readonly projectMcpServers: Readonly<Record<string, unknown>>;
}

/** Where this Claude keeps its configuration and conversations. */
export function configFolderOf(env: Environment): string {
  return env["CLAUDE_CONFIG_DIR"] ?? path.join(homeOf(env), ".claude");
}

/** The user's settings; empty when there are none or they are no JSON, which Claude Code 2.1.330 ignores too. */
export async function readUserSettings(configFolder: string): Promise<Settings> {
  return readSettings(path.join(configFolder, "settings.json"));
}

/** Reads the settings of the user and of the directory. */
export async function readSettingsInForce(env: Environment, cwd: string): Promise<SettingsInForce> {
  const [servers, user, ...project] = await Promise.all([
    readJson(path.join(cwd, ".mcp.json")),
    readUserSettings(configFolderOf(env)),
    readSettings(path.join(cwd, ".claude", "settings.json")),
    readSettings(path.join(cwd, ".claude", "settings.local.json")),
  ]);
  return { user, project, projectMcpServers: globalSchema.safeParse(servers).data?.mcpServers ?? {} };
}

const globalSchema = z.looseObject({ mcpServers: z.record(z.string(), z.unknown()).catch({}) });

/** The MCP servers that the user has added for every project (`claude mcp add --scope user`), but for Baton itself. */
export async function readUserMcpServers(env: Environment): Promise<Record<string, unknown>> {
  const { mcpServers } = await readGlobalConfig(env);
  return Object.fromEntries(Object.entries(mcpServers).filter((server) => !isBatonServer(...server)));
}

/** What Claude Code 2.1.330 keeps beside its settings: the user's servers and account, and what it knows of projects. */
export async function readGlobalConfig(env: Environment): Promise<z.infer<typeof globalSchema>> {
  const folder = env["CLAUDE_CONFIG_DIR"] ?? homeOf(env);
  const parsed = globalSchema.safeParse(await readJson(path.join(folder, ".claude.json")));
  return parsed.success ? parsed.data : { mcpServers: {} };
}

async function readSettings(file: string): Promise<Settings> {
  const parsed = settingsSchema.safeParse(await readJson(file));
  return parsed.success ? parsed.data : settingsSchema.parse({});
}

/** The content of a file; an empty object where there is none, or no JSON in it. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(file, "utf8")).replace(/^\uFEFF/, ""));
  } catch {
    return {};
  }
}

function homeOf(env: Environment): string {
  return env["HOME"] ?? env["USERPROFILE"] ?? "";
}
