import { chmod, stat } from "node:fs/promises";
import type { Finding } from "../contracts/finding.ts";
import { withDescendants } from "../process/identity.ts";
import { endAll } from "../process/kill.ts";
import { execute } from "../process/execute.ts";
import { leftoversIn, openFilesIn } from "./machine.ts";

const SETUP_LIMIT_MS = 60_000;

export interface FixRequest {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** How this Baton is started. */
  readonly self: readonly [string, ...string[]];
  /** Whether this Baton has the command. */
  readonly hasCommand: (name: string) => boolean;
  /** Ends the hub if nothing runs in it. */
  readonly stopIdleHub: () => Promise<void>;
}

/** Mends what can be mended without taking anything from anybody; what it did is seen by looking again. */
export async function fixWhatIsSafe(findings: readonly Finding[], request: FixRequest): Promise<void> {
  for (const finding of findings) {
    if (finding.level !== "ok") await fixOne(finding, request);
  }
}

async function fixOne({ code }: Finding, request: FixRequest): Promise<void> {
  const { home, stopIdleHub } = request;
  if (code === "home_open") return closeToOthers(home);
  if (code === "leftover_processes") return endLeftovers(home);
  if (code === "hub_program_gone" || code === "hub_other_version") return stopIdleHub();
  const [, agent] = /^(\w+)_not_registered$/.exec(code) ?? [];
  if (agent !== undefined && request.hasCommand("setup")) await register(agent, request);
}

async function closeToOthers(home: string): Promise<void> {
  for (const { file } of await openFilesIn(home)) {
    const isFolder = (await stat(file)).isDirectory();
    await chmod(file, isFolder ? 0o700 : 0o600);
  }
}

async function endLeftovers(home: string): Promise<void> {
  for (const { pid } of await leftoversIn(home)) await endAll(await withDescendants(pid));
}

async function register(agent: string, { self, env, cwd }: FixRequest): Promise<void> {
  await execute({ argv: [...self, "setup", agent], cwd, env, limitMs: SETUP_LIMIT_MS });
}
