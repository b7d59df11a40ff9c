import path from "node:path";

import { z } from "zod";

import type { Environment } from "../driver.ts";
import { configFolderOf, readGlobalConfig, readJson, readUserSettings } from "./settings-files.ts";

const credentialsSchema = z.looseObject({
  claudeAiOauth: z.looseObject({
    accessToken: z.string().min(1),
    scopes: z.array(z.string()).catch([]),
  }),
});

/** What a login must allow so that Claude Code works by it. */
const INFERENCE = "user:inference";

/**
 * Whether Claude Code 2.1.330 has a subscription's login: in the environment, in its file, or on macOS in the keychain,
 * beside which its configuration names the account. Elsewhere that name alone logs nobody in.
 */
export async function hasLogin(env: Environment, platform = process.platform): Promise<boolean> {
  if (await isElsewhere(env)) return false;
  if ((env["CLAUDE_CODE_OAUTH_TOKEN"] ?? "") !== "") return true;
  const file = await readJson(path.join(configFolderOf(env), ".credentials.json"));
  if (credentialsSchema.safeParse(file).data?.claudeAiOauth.scopes.includes(INFERENCE) === true) return true;
  return platform === "darwin" && (await readGlobalConfig(env))["oauthAccount"] !== undefined;
}

/**
 * Whether Claude Code talks to somebody else's gateway: the key is that gateway's, and without it the subscription's own
 * token would go there. One on this machine counts as the person's own.
 */
async function isElsewhere(env: Environment): Promise<boolean> {
  const { env: set } = await readUserSettings(configFolderOf(env));
  const url = URL.parse(String(set["ANTHROPIC_BASE_URL"] ?? env["ANTHROPIC_BASE_URL"] ?? ""));
  return url !== null && !/(^|\.)anthropic\.com$|^localhost$|^127\.|^\[::1\]$/.test(url.hostname);
}
