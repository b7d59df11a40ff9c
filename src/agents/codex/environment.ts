import { readFile } from "node:fs/promises";
import path from "node:path";

import { parse } from "smol-toml";
import { z } from "zod";

import type { Environment, EnvironmentNeeds } from "../driver.ts";
import { EXECUTABLE_VARIABLE } from "./executable.ts";

/**
 * What Codex 0.169.0 takes from its environment. Its own names are listed one by one: `CODEX_*` would also pass on
 * the marks of an enclosing Codex (`CODEX_THREAD_ID`, `CODEX_SANDBOX`) and the address of a remote shell.
 */
export const codexEnvironment: EnvironmentNeeds = {
  executable: EXECUTABLE_VARIABLE,
  own: [
    "CODEX_HOME",
    "CODEX_SQLITE_HOME",
    "CODEX_CA_CERTIFICATE",
    "CODEX_API_KEY",
    "CODEX_ACCESS_TOKEN",
    "OPENAI_*",
  ],
  keys: ["OPENAI_API_KEY", "CODEX_API_KEY"],
  hasLogin: async (env) =>
    (env["CODEX_ACCESS_TOKEN"] ?? "") !== "" || isSubscription(await readText(env, "auth.json")),
  places: ["CODEX_HOME"],
  referenced: async (env) => {
    return variablesNamedIn(await readText(env, "config.toml"));
  },
};

async function readText(env: Environment, name: string): Promise<string> {
  return readFile(path.join(codexHomeOf(env), name), "utf8").catch(() => "");
}

const authSchema = z.looseObject({
  auth_mode: z.string().nullish(),
  OPENAI_API_KEY: z.string().nullish(),
  tokens: z.unknown().optional(),
});

/**
 * Whether an `auth.json` is of a ChatGPT login, which Codex 0.169.0 then uses whatever keys are in its environment.
 * Where the file names no mode, a key in it counts for more than the tokens beside it.
 */
function isSubscription(authJson: string): boolean {
  const auth = authSchema.safeParse(parsedJson(authJson)).data;
  if ((auth?.tokens ?? null) === null) return false;
  return (auth?.auth_mode ?? ((auth?.OPENAI_API_KEY ?? null) === null ? "chatgpt" : "apikey")) === "chatgpt";
}

/** Where this Codex keeps its configuration and conversations. */
export function codexHomeOf(env: Environment): string {
  return env["CODEX_HOME"] ?? path.join(env["HOME"] ?? env["USERPROFILE"] ?? "", ".codex");
}

const namesSchema = z.record(z.string(), z.string()).catch({});
const providerSchema = z.looseObject({ env_key: z.string().optional(), env_http_headers: namesSchema });
const mcpServerSchema = z.looseObject({
  enabled: z.boolean().catch(true),
  bearer_token_env_var: z.string().optional(),
  env_http_headers: namesSchema,
  env_vars: z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).catch([]),
});
const configSchema = z.looseObject({
  model_providers: z.record(z.string(), z.unknown()).catch({}),
  mcp_servers: z.record(z.string(), z.unknown()).catch({}),
});

/** The variables that a `config.toml` refers to by name; none when it cannot be read. */
export function variablesNamedIn(configToml: string): readonly string[] {
  const config = configSchema.safeParse(parsed(configToml));
  if (!config.success) return [];
  const providers = readable(config.data.model_providers, providerSchema).flatMap((provider) => [
    ...(provider.env_key === undefined ? [] : [provider.env_key]),
    ...Object.values(provider.env_http_headers),
  ]);
  const servers = readable(config.data.mcp_servers, mcpServerSchema)
    .filter(({ enabled }) => enabled)
    .flatMap((server) => [
      ...(server.bearer_token_env_var === undefined ? [] : [server.bearer_token_env_var]),
      ...Object.values(server.env_http_headers),
      ...server.env_vars.map((variable) => (typeof variable === "string" ? variable : variable.name)),
    ]);
  return [...new Set([...providers, ...servers])];
}

function readable<T extends z.ZodType>(tables: Record<string, unknown>, schema: T): readonly z.infer<T>[] {
  return Object.values(tables).flatMap((table) => {
    const read = schema.safeParse(table);
    return read.success ? [read.data] : [];
  });
}

function parsed(toml: string): unknown {
  try {
    return parse(toml);
  } catch {
    return null;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
