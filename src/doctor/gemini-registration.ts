import { z } from "zod";

import type { Environment } from "../agents/driver.ts";
import { geminiFolderOf, readUserSettings } from "../agents/gemini/settings.ts";
import { isBatonServer } from "../agents/own-server.ts";
import type { Registration } from "./facts.ts";
import { connectionOf, missingIn, type Looking } from "./registration.ts";

const serverSchema = z.looseObject({
  command: z.string().nullish(),
  args: z.array(z.string()).nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  url: z.string().nullish(),
  httpUrl: z.string().nullish(),
  /** Milliseconds. */
  timeout: z.number().nullish(),
  trust: z.boolean().nullish(),
});

/** Names that Gemini CLI 0.61.0 takes for secrets and passes on to no server unless its entry names them. */
const SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|KEY|AUTH|CREDENTIAL|CREDS|PRIVATE|CERT/i;

/**
 * Baton among the MCP servers of the person's settings, started as Gemini CLI starts it. `gemini mcp list` would connect in
 * a folder that is trusted alone.
 */
export async function geminiRegistration(env: Environment, looking: Looking): Promise<Registration | null> {
  const { mcpServers } = await readUserSettings(geminiFolderOf(env));
  const [name, definition] = Object.entries(mcpServers).find((server) => isBatonServer(...server)) ?? [];
  const server = serverSchema.safeParse(definition).data;
  if (name === undefined || server === undefined) return null;
  const passed = Object.keys(looking.env).filter((variable) => !SECRET.test(variable));
  const url = server.httpUrl ?? server.url ?? null;
  return {
    name,
    isEnabled: true,
    connection: await connectionOf({ ...server, url }, passed, looking),
    toolTimeoutSeconds: typeof server.timeout === "number" ? server.timeout / 1_000 : null,
    isTimeoutInteger: false,
    missingVariables:
      url === null ? missingIn(looking.env, [...passed, ...Object.keys(server.env ?? {})]) : [],
    isApproved: server.trust === true,
  };
}
