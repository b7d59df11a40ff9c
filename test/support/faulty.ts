import path from "node:path";

import type { Running } from "../../testkit/run.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

const SCRIPT = path.resolve(import.meta.dirname, "faulty-hub.ts");

/** Starts a hub with trouble in its store (`faulty-hub.ts` says which there is) and waits until it is up. */
export async function startFaultyHub(sandbox: Sandbox, trouble: readonly string[]): Promise<Running> {
  const home = sandbox.batonHome;
  const config = sandbox.env["BATON_CONFIG"] ?? "";
  const argv = [process.execPath, SCRIPT, "--home", home, "--config", config, ...trouble] as const;
  const hub = sandbox.start(argv);
  await hub.waitForOutput('"started"');
  return hub;
}
