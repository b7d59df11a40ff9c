import { createHash } from "node:crypto";
import { homedir, userInfo } from "node:os";
import path from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where one Baton keeps its things; absolute paths, but for the socket on Windows, which is a pipe's name. */
export interface Places {
  readonly home: string;
  readonly database: string;
  readonly lease: string;
  readonly socket: string;
  /** The folder that must be 0700 for the socket's sake; null where the socket is no file. */
  readonly socketFolder: string | null;
  readonly tokenFile: string;
  readonly logFile: string;
  readonly agentsFolder: string;
  /** The worktrees of tasks, a folder for each. */
  readonly worktreesFolder: string;
  /** What is worked out beside a repository, a folder for each worktree. */
  readonly scratchFolder: string;
}

// sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
const MAX_SOCKET_PATH = 103;

/** `BATON_HOME`, or the platform's folder for state. */
export function homeOf(env: Variables): string {
  const chosen = env["BATON_HOME"];
  if (chosen !== undefined && chosen !== "") return path.resolve(chosen);
  return path.join(stateFolder(env), "baton");
}

/** `BATON_CONFIG`, or `baton/config.toml` in the platform's folder for configuration. */
export function configOf(env: Variables): string {
  const chosen = env["BATON_CONFIG"];
  if (chosen !== undefined && chosen !== "") return path.resolve(chosen);
  return path.join(configFolder(env), "baton", "config.toml");
}

/** The files of a Baton whose home is this folder. */
export function placesIn(home: string): Places {
  const at = (name: string) => path.join(home, name);
  return {
    home,
    database: at("baton.db"),
    lease: at("hub.lease"),
    ...socketFor(home),
    tokenFile: at("token"),
    logFile: at("hub.log"),
    agentsFolder: at("agents"),
    worktreesFolder: at("worktrees"),
    scratchFolder: at("scratch"),
  };
}

function socketFor(home: string): Pick<Places, "socket" | "socketFolder"> {
  const hash = createHash("sha256").update(home).digest("hex").slice(0, 16);
  if (process.platform === "win32") return { socket: `\\\\.\\pipe\\baton-${hash}`, socketFolder: null };
  const near = path.join(home, "hub.sock");
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return { socket: near, socketFolder: home };
  // Not TMPDIR: two shells of one person may differ in it and must still find one hub.
  const folder = `/tmp/baton-${userInfo().uid}`;
  return { socket: path.join(folder, `${hash}.sock`), socketFolder: folder };
}

function stateFolder(env: Variables): string {
  const home = env["HOME"] ?? homedir();
  if (process.platform === "win32") return env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local");
  if (process.platform === "darwin") return path.join(home, "Library", "Application Support");
  return absolute(env["XDG_STATE_HOME"]) ?? path.join(home, ".local", "state");
}

function configFolder(env: Variables): string {
  const home = env["HOME"] ?? homedir();
  if (process.platform === "win32") return env["APPDATA"] ?? path.join(home, "AppData", "Roaming");
  return absolute(env["XDG_CONFIG_HOME"]) ?? path.join(home, ".config");
}

/** The XDG rules say that a relative path counts as not set. */
function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}
