import type { EnvironmentNeeds } from "../driver.ts";
import { hasGoogleLogin } from "./login.ts";
import { geminiFolderOf, readUserSettings, variablesNamedIn } from "./settings.ts";

export const EXECUTABLE_VARIABLE = "BATON_GEMINI_BIN";

/**
 * What Gemini CLI 0.61.0 takes from its environment. The names are listed one by one: `GEMINI_CLI_*` would also pass on the
 * marks of an enclosing Gemini, and `GEMINI_CLI_TRUST_WORKSPACE`, which trusts every folder.
 */
export const geminiEnvironment: EnvironmentNeeds = {
  executable: EXECUTABLE_VARIABLE,
  own: [
    "GEMINI_CLI_HOME",
    "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
    "GEMINI_CLI_SYSTEM_DEFAULTS_PATH",
    "GEMINI_CLI_TRUSTED_FOLDERS_PATH",
    "GEMINI_CLI_CUSTOM_HEADERS",
    "GEMINI_CLI_USE_COMPUTE_ADC",
    "GEMINI_API_KEY",
    "GEMINI_API_KEY_AUTH_MECHANISM",
    "GEMINI_MODEL",
    "GEMINI_SANDBOX",
    "GEMINI_SANDBOX_IMAGE",
    "GEMINI_SANDBOX_PROXY_COMMAND",
    "SEATBELT_PROFILE",
    "GEMINI_FORCE_FILE_STORAGE",
    "GEMINI_FORCE_ENCRYPTED_FILE_STORAGE",
    "GOOGLE_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_GENAI_USE_GCA",
    "GOOGLE_GENAI_API_VERSION",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_PROJECT_ID",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    "GOOGLE_CLOUD_ACCESS_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLOUDSDK_CONFIG",
    "CODE_ASSIST_ENDPOINT",
    "CODE_ASSIST_API_VERSION",
    "CLOUD_SHELL",
  ],
  keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  hasLogin: async (env) => {
    const folder = geminiFolderOf(env);
    return hasGoogleLogin(await readUserSettings(folder), env, folder);
  },
  places: ["GEMINI_CLI_HOME"],
  referenced: (env) => variablesNamedIn(geminiFolderOf(env)),
};
