import { isNamed } from "../../process/environment.ts";
import type { Environment, EnvironmentNeeds } from "../driver.ts";
import { hasLogin } from "./login.ts";
import { configFolderOf, readUserSettings, type Settings } from "./settings-files.ts";

export const EXECUTABLE_VARIABLE = "BATON_CLAUDE_BIN";

/** How often Claude Code tries a request again: its own 10 keep a wrong key or a dead host waiting for minutes (2.1.330). */
const RETRIES = "2";

/**
 * What Claude Code 2.1.330 takes from its environment. The `CLAUDE_CODE_` names are listed one by one: the prefix would
 * also pass on the marks of an enclosing Claude.
 */
const OWN: readonly string[] = [
  "CLAUDE_CONFIG_DIR",
  "ANTHROPIC_*",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_API_KEY_HELPER_TTL_MS",
  "CLAUDE_CODE_CLIENT_CERT",
  "CLAUDE_CODE_CLIENT_KEY",
  "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_SKIP_VERTEX_AUTH",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_SKIP_FOUNDRY_AUTH",
  "API_TIMEOUT_MS",
  "MAX_THINKING_TOKENS",
  "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
  "CLAUDE_CODE_EFFORT_LEVEL",
  "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
  "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
  "DISABLE_TELEMETRY",
  "DISABLE_ERROR_REPORTING",
  "DISABLE_AUTOUPDATER",
  "DISABLE_PROMPT_CACHING",
  // Claude Code on Windows runs its commands in this shell.
  "CLAUDE_CODE_GIT_BASH_PATH",
];

/** What a cloud's login takes, for those who have told Claude Code to use that cloud; nobody else's keys go along. */
const CLOUDS: Readonly<Record<string, readonly string[]>> = {
  CLAUDE_CODE_USE_BEDROCK: [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
  ],
  CLAUDE_CODE_USE_VERTEX: [
    "CLOUD_ML_REGION",
    "VERTEX_REGION_*",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "CLOUDSDK_CONFIG",
  ],
};

/** How a login reaches its server: the user's settings may say it in their `env` block too. */
const ROUTE: readonly string[] = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

/** What an enclosing Claude Code 2.1.330 leaves in the environment of the programs it runs. */
const ENCLOSING: readonly string[] = [
  "CLAUDECODE",
  "CLAUDE_PID",
  "CLAUDE_EFFORT",
  "CLAUDE_PROJECT_DIR",
  "CLAUDE_PLUGIN_*",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_CHILD_SESSION",
  "CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS",
  "CLAUDE_CODE_MESSAGING_*",
  EXECUTABLE_VARIABLE,
];

export const claudeEnvironment: EnvironmentNeeds = {
  executable: EXECUTABLE_VARIABLE,
  own: OWN,
  keys: ["ANTHROPIC_API_KEY"],
  hasLogin: (env) => hasLogin(env),
  places: ["CLAUDE_CONFIG_DIR"],
  referenced: async (env) => {
    const settings = await readUserSettings(configFolderOf(env));
    return [...variablesOfHelpers(settings), ...variablesOfClouds({ ...env, ...settings.env })];
  },
};

/** The variables of the clouds that are switched on, by the environment or by the user's settings. */
function variablesOfClouds(env: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(CLOUDS).flatMap(([mark, names]) => (mark in env ? names : []));
}

const HELPERS = [
  "apiKeyHelper",
  "proxyAuthHelper",
  "awsAuthRefresh",
  "awsCredentialExport",
  "gcpAuthRefresh",
] as const;

/** The variables that the user's login commands name, as in `vault read -token=$VAULT_TOKEN`. */
export function variablesOfHelpers(settings: Settings): readonly string[] {
  const commands = HELPERS.map((key) => settings[key]).filter((value) => typeof value === "string");
  return commands.flatMap((command) =>
    [...command.matchAll(/\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name]) => name ?? []),
  );
}

export interface ChildEnvironmentRequest {
  readonly passedOn: Environment;
  readonly userSettings: Settings;
  readonly git: Environment;
  readonly depth: number;
  /** Where Baton's own tools are served, when it gets them. */
  readonly toolsUrl: string | null;
}

/**
 * The environment of a child: what the caller passes on, what the user's settings add for the login (they win over the
 * caller's, as in Claude Code itself), and what a child of ours needs.
 */
export function childEnvironment({
  passedOn,
  userSettings,
  git,
  depth,
  toolsUrl,
}: ChildEnvironmentRequest): Record<string, string> {
  const inherited = Object.entries(passedOn).filter(([name]) => !isNamed(name, ENCLOSING));
  const login = Object.entries(userSettings.env).filter(([name]) =>
    isNamed(name, [...OWN, ...Object.values(CLOUDS).flat(), ...ROUTE]),
  );
  const env = {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(login.map(([name, value]) => [name, String(value)])),
  };
  return {
    ...env,
    ...(toolsUrl === null ? {} : pastProxies(env, toolsUrl)),
    ...git,
    BRIDGE_DEPTH: String(depth),
    CLAUDE_CODE_MAX_RETRIES: RETRIES,
    // A command in the background would begin a turn that nobody asked for when it ends.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
    // With the setting sources off, this and `--add-dir` let the project's CLAUDE.md be read.
    CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: "1",
  };
}

/** Claude Code 2.1.330 asks a proxy for loopback too; it reads `no_proxy` before `NO_PROXY`, and takes a port in it. */
function pastProxies(env: Environment, url: string): Environment {
  const inForce = [env["no_proxy"], env["NO_PROXY"]].find((value) => value !== undefined && value !== "");
  const value = [inForce ?? [], new URL(url).host].flat().join(",");
  return { no_proxy: value, NO_PROXY: value };
}
