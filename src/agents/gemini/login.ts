import { access } from "node:fs/promises";
import path from "node:path";

import { BatonError } from "../../contracts/error.ts";
import type { Usage } from "../../contracts/task.ts";
import type { Environment } from "../driver.ts";
import type { UserSettings } from "./settings.ts";

/** How a person logs Gemini CLI in, or makes Baton find a key. */
export const LOGIN_HINT =
  "Run `gemini` in a terminal and choose how to log in, or set GEMINI_API_KEY. A key can also stand in ~/.gemini/.env.";

/** Names of Gemini CLI 0.61.0 for the ways to log in. */
const GOOGLE = "oauth-personal";
const KEY = "gemini-api-key";
const VERTEX = "vertex-ai";
const CLOUD = "compute-default-credentials";

const BILLED: Readonly<Record<string, Usage["billed_to"]>> = {
  [GOOGLE]: "subscription",
  [KEY]: "api_key",
  [VERTEX]: "api_key",
};

export interface Login {
  /** The way to log in, in Gemini CLI's word; null leaves it to Gemini CLI. */
  readonly selectedType: string | null;
  readonly billedTo: Usage["billed_to"];
}

/**
 * How Gemini CLI will log in: as the person has chosen, else as their environment says. Without a choice 0.61.0 looks for a
 * key alone when it speaks ACP, and would leave a login with Google aside.
 * @throws BatonError `agent_auth` where it would open a browser and wait: nobody sits before it.
 */
export async function loginOf(user: UserSettings, env: Environment, folder: string): Promise<Login> {
  const selectedType = user.security.auth.selectedType ?? (await typeFromEnvironment(env, folder));
  if (selectedType === GOOGLE && !(await isLoggedInWithGoogle(env, folder))) {
    throw new BatonError("agent_auth", "Gemini CLI is not logged in with Google.", { hint: LOGIN_HINT });
  }
  return { selectedType, billedTo: BILLED[selectedType ?? ""] ?? "unknown" };
}

/** Whether Gemini CLI uses a login with Google, and so no key of the environment. */
export async function hasGoogleLogin(user: UserSettings, env: Environment, folder: string): Promise<boolean> {
  const { selectedType } = user.security.auth;
  return (selectedType ?? GOOGLE) === GOOGLE && isLoggedInWithGoogle(env, folder);
}

async function typeFromEnvironment(env: Environment, folder: string): Promise<string | null> {
  if (env["GOOGLE_GENAI_USE_GCA"] === "true") return GOOGLE;
  if (env["GOOGLE_GENAI_USE_VERTEXAI"] === "true") return VERTEX;
  if (hasValue(env, "GEMINI_API_KEY")) return KEY;
  if (env["CLOUD_SHELL"] === "true" || env["GEMINI_CLI_USE_COMPUTE_ADC"] === "true") return CLOUD;
  return (await isLoggedInWithGoogle(env, folder)) ? GOOGLE : null;
}

/** By its file, by the encrypted one that may hold it, by a token or a key file of the environment. */
async function isLoggedInWithGoogle(env: Environment, folder: string): Promise<boolean> {
  if (hasValue(env, "GOOGLE_CLOUD_ACCESS_TOKEN") || hasValue(env, "GOOGLE_APPLICATION_CREDENTIALS"))
    return true;
  const isEncrypted = env["GEMINI_FORCE_ENCRYPTED_FILE_STORAGE"] === "true";
  // The encrypted store may lie in the system's keychain, which only Gemini CLI itself can open.
  return isEncrypted || exists(path.join(folder, "oauth_creds.json"));
}

function hasValue(env: Environment, name: string): boolean {
  return (env[name] ?? "") !== "";
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
