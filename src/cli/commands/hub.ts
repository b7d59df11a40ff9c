import { BatonError, errorOf, EXIT_CODE_BY_ERROR } from "../../contracts/error.ts";
import type { Local } from "../../hub/local.ts";
import type { HubStatus } from "../../contracts/rpc.ts";
import { placesIn } from "../../process/places.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { mcpRoute } from "../mcp-route.ts";
import { print, printJson, printTable } from "../output.ts";
import { thisProgram } from "../this-program.ts";
import { VERSION } from "../version.ts";

interface Json {
  readonly json?: true;
}

const NOT_RUNNING: HubStatus = {
  running: false,
  pid: null,
  version: null,
  started_at: null,
  socket: null,
  http_url: null,
  token_file: null,
  running_tasks: 0,
  queued_tasks: 0,
  sessions: 0,
};

/** `baton hub start`: there is a hub afterwards. */
export async function startHubCommand({ client }: CommandContext, options: Json): Promise<number> {
  showStatus(await client.call("hub.status", {}), options);
  return EXIT.ok;
}

/** `baton hub status`: whether there is one; starts none. */
export async function hubStatus({ client }: CommandContext, options: Json): Promise<number> {
  showStatus((await client.callRunning("hub.status", {})) ?? NOT_RUNNING, options);
  return EXIT.ok;
}

/** `baton hub stop`: there is none afterwards; what runs is cancelled. */
export async function stopHub({ client }: CommandContext, options: Json): Promise<number> {
  const status = await client.callRunning("hub.status", {});
  const stopped = status === null ? null : await client.callRunning("hub.stop", { when: "now" });
  if (status?.pid !== undefined && status.pid !== null) await endOf(status.pid);
  if (options.json === true) printJson(NOT_RUNNING);
  else if (stopped === null) print("no hub is running");
  else
    print(`the hub has stopped${stopped.cancelled > 0 ? `; ${stopped.cancelled} tasks were cancelled` : ""}`);
  return EXIT.ok;
}

function showStatus(status: HubStatus, { json }: Json): void {
  if (json === true) {
    printJson(status);
    return;
  }
  if (!status.running) {
    print("no hub is running; the next command that needs one starts it");
    return;
  }
  printTable([
    ["pid", String(status.pid)],
    ["version", String(status.version)],
    ["since", String(status.started_at)],
    ["socket", String(status.socket)],
    ["http", status.http_url ?? "not reachable, hub.log says why"],
    ["tasks", `${status.running_tasks} running, ${status.queued_tasks} waiting`],
    ["sessions", String(status.sessions)],
  ]);
}

async function endOf(pid: number): Promise<void> {
  const { identify, waitForEnd } = await import("../../process/identity.ts");
  const identity = await identify(pid);
  if (identity === null || (await waitForEnd([identity], STOP_LIMIT_MS)).length === 0) return;
  throw new BatonError("hub_unavailable", `the hub (process ${pid}) is still ending`, {
    hint: "Look into hub.log in BATON_HOME.",
  });
}

const STOP_LIMIT_MS = 15_000;

export interface RunOptions {
  readonly home: string;
  readonly config: string;
}

/** `baton hub run`: is the hub, until it is stopped or idle. Front ends start it; a person never has to. */
export async function runHub({ home, config }: RunOptions): Promise<number> {
  const { startHub } = await import("../../hub/hub.ts");
  const { node, script } = thisProgram();
  const routes = (local: Local) => [mcpRoute({ local, config })];
  const hub = await startHub({
    places: placesIn(home),
    version: VERSION,
    config,
    entry: [node, script],
    routes,
  }).catch((error) => {
    printJson({ error: errorOf(error, "hub_unavailable") });
    return "failed" as const;
  });
  if (hub === "failed") return EXIT_CODE_BY_ERROR.hub_unavailable;
  if (hub === null) {
    printJson({ ready: "other" });
    return EXIT.ok;
  }
  printJson({ ready: "started" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => hub.stop());
  // Front ends close the pipe once they have read the line.
  process.stdout.on("error", () => undefined);
  process.on("uncaughtException", (error) => {
    // The next hub finds what was under way and says that it is lost.
    hub.report(error);
    process.exit(EXIT.failed);
  });
  await hub.ended;
  // Whatever still holds the process, it is no hub any more.
  process.exit(EXIT.ok);
}
