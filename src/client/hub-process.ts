import { spawn } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { BatonError, taskErrorSchema } from "../contracts/error.ts";
import { BASE_VARIABLES, pickEnvironment } from "../process/environment.ts";

/** How a program that runs this package is started: the Node and its script. */
export interface Entry {
  readonly node: string;
  readonly script: string;
}

/** The line that a hub writes when it is up, gives way to another one, or cannot start. */
export const hubReadySchema = z.union([
  z.object({ ready: z.enum(["started", "other"]) }),
  z.object({ error: taskErrorSchema }),
]);

export interface SpawnRequest {
  readonly entry: Entry;
  readonly home: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a hub that outlives this process, and waits until it says that it or another one is up.
 * It gets no more of the environment than any child; what agents need comes with each request.
 * @throws BatonError `hub_unavailable`
 */
export async function spawnHub({ entry, home, config, env }: SpawnRequest): Promise<void> {
  const child = spawn(entry.node, [entry.script, "hub", "run", "--home", home, "--config", config], {
    cwd: home,
    env: pickEnvironment(env, BASE_VARIABLES),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    windowsHide: true,
  });
  const said = { out: "", err: "" };
  const firstLine = Promise.withResolvers<void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
    if (said.out.includes("\n")) firstLine.resolve();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const gone = once(child, "close").then(() => undefined);
  const refused = once(child, "error").then(([error]) => failed(String(error)));
  await Promise.race([firstLine.promise, gone, refused]);
  // From here on it is alone: nothing of this process keeps it, nothing of it keeps this process.
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  checkReady(said);
}

function checkReady({ out, err }: { readonly out: string; readonly err: string }): void {
  const ready = hubReadySchema.safeParse(parsed(out)).data;
  if (ready === undefined) failed(err.trim().split("\n").at(-1) ?? "");
  if ("error" in ready) throw BatonError.from(ready.error);
}

function failed(why: string): never {
  throw new BatonError("hub_unavailable", `the hub could not be started: ${why || "it said nothing"}`, {
    hint: "`baton hub status` and the file hub.log in BATON_HOME may say more.",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
