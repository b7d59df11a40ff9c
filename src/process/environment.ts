/** What a network may need: proxies and certificates. */
export const NETWORK_VARIABLES: readonly string[] = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

/**
 * What every child gets: enough to find programs, a home, a time zone, proxies and certificates. No terminal type:
 * children are not on a terminal, and callers that differ in nothing else shall share a process.
 * Everything else of the caller's environment stays out unless an agent's own list names it.
 */
export const BASE_VARIABLES: readonly string[] = [
  "HOME",
  "PATH",
  "SHELL",
  "USER",
  "LOGNAME",
  "LANG",
  "LANGUAGE",
  "LC_*",
  "TZ",
  "TMPDIR",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
  ...NETWORK_VARIABLES,
  // Windows cannot start most programs without these.
  "APPDATA",
  "COMSPEC",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "PATHEXT",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "USERNAME",
  "USERPROFILE",
  "WINDIR",
];

/** Whether a variable is meant by one of the names or prefixes (a trailing `*`). */
export function isNamed(variable: string, names: readonly string[]): boolean {
  return names.some((name) =>
    name.endsWith("*") ? variable.startsWith(name.slice(0, -1)) : variable === name,
  );
}

/** The part of an environment that the names and prefixes allow. */
export function pickEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isNamed(name, names)) picked[name] = value;
  }
  return picked;
}
