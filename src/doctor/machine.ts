import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { AGENT_MARKS } from "../agents/marks.ts";
import { lookAround } from "../client/origin.ts";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import type { HubStatus } from "../contracts/rpc.ts";
import { isAlive, type ProcessIdentity } from "../process/identity.ts";
import { limit } from "../process/limit.ts";
import { placesIn } from "../process/places.ts";
import type { HubFacts, MachineFacts } from "./facts.ts";
import { worktreesIn } from "./worktrees.ts";

/** A hub that has not answered after this time does not answer. */
const HUB_LIMIT_MS = 10_000;
const NODE_NEEDED = [22, 19] as const;

export interface MachineRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly version: string;
  readonly config: MachineFacts["config"];
  /** Asks the hub that runs; null when there is none. */
  readonly hubStatus: () => Promise<HubStatus | null>;
}

/** Finds out about the machine and this Baton; starts nothing. */
export async function examineMachine(request: MachineRequest): Promise<MachineFacts> {
  const { env, home, config } = request;
  const [around, hub, open, worktrees] = await Promise.all([
    lookAround(env, "command", config.file),
    hubFacts(request),
    openFilesIn(home),
    worktreesIn(home),
  ]);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return {
    node: process.versions.node,
    isNodeEnough: major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1]),
    config,
    home,
    open,
    proxies: proxiesIn(env),
    marks: AGENT_MARKS.flatMap(({ sessions, signs }) => [...signs, ...sessions]).filter(
      (name) => env[name] !== undefined,
    ),
    inside: around.inside,
    worktrees,
    hub,
  };
}

const LOOPBACK = /(^|,)\s*(\*|127\.0\.0\.1|127\.0\.0\.0\/8)\s*(,|$)/;

/** The proxies by which this machine's own address would be asked for. */
export function proxiesIn(env: MachineRequest["env"]): readonly string[] {
  const excepted = [env["no_proxy"], env["NO_PROXY"]].some((value) => LOOPBACK.test(value ?? ""));
  const names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  return excepted ? [] : names.filter((name) => (env[name] ?? "") !== "");
}

/** What of BATON_HOME others may read, write or enter. */
export async function openFilesIn(home: string): Promise<MachineFacts["open"]> {
  if (process.platform === "win32") return [];
  const entries = await readdir(home).catch(() => []);
  const files = [home, ...entries.map((name) => path.join(home, name))];
  const modes = await Promise.all(
    files.map(async (file) => ({ file, mode: (await stat(file).catch(() => null))?.mode ?? 0 })),
  );
  return modes
    .filter(({ mode }) => (mode & 0o077) !== 0)
    .map(({ file, mode }) => ({ file, mode: (mode & 0o777).toString(8).padStart(4, "0") }));
}

async function hubFacts({ home, version, hubStatus }: MachineRequest): Promise<HubFacts> {
  const asked = await ask(hubStatus);
  const status = asked !== null && "running" in asked ? asked : null;
  const error = asked !== null && "code" in asked ? asked : null;
  const isAlone = status === null && error === null;
  return {
    status,
    error,
    ownVersion: version,
    goneScript: status?.pid === undefined || status.pid === null ? null : await goneScriptOf(status.pid),
    leftovers: isAlone ? (await leftoversIn(home)).map(({ pid }) => pid) : [],
  };
}

async function ask(hubStatus: MachineRequest["hubStatus"]): Promise<HubStatus | TaskError | null> {
  const late = limit(HUB_LIMIT_MS).then(() => {
    throw new BatonError("hub_unavailable", `it has not answered within ${HUB_LIMIT_MS / 1_000} seconds`, {
      hint: "baton hub stop",
    });
  });
  try {
    return await Promise.race([hubStatus(), late]);
  } catch (error) {
    return errorOf(error, "hub_unavailable");
  }
}

/** The script that a process runs, when it does not exist any more; only Linux tells. */
async function goneScriptOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const script = text.split("\0")[1] ?? "";
  return path.isAbsolute(script) && !existsSync(script) ? script : null;
}

const rowsSchema = z.array(z.looseObject({ pid: z.int(), birth: z.string() }));

/** The agents' processes that a hub has written down and that still live; meant for when no hub runs. */
export async function leftoversIn(home: string): Promise<readonly ProcessIdentity[]> {
  const { database: file } = placesIn(home);
  if (!existsSync(file)) return [];
  try {
    // To look only: the next hub brings the database up to date.
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = rowsSchema.parse(database.prepare("select pid, birth from processes").all());
      const alive = await Promise.all(rows.map(isAlive));
      return rows.filter((_, index) => alive[index]);
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}
