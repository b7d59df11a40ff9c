import { spawn } from "node:child_process";
import { once } from "node:events";
import { withDescendants } from "./identity.ts";
import { endAll } from "./kill.ts";

const KEPT = 64 * 1024;

export interface Execution {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
}

/** How a short program ended. */
export interface Said {
  /** Null when it could not be started, was killed, or took too long. */
  readonly code: number | null;
  readonly isLate: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without a shell and with an empty stdin; one that takes too long is ended with its children. */
export async function execute({ argv, cwd, env, limitMs }: Execution): Promise<Said> {
  const [command, ...args] = argv;
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said[stream] = (said[stream] + text).slice(0, KEPT);
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    const end = async () => {
      if (child.pid !== undefined) await endAll(await withDescendants(child.pid));
      // A helper that got away may still hold the pipes.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    void end();
  }, limitMs);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { code: isLate ? null : code, isLate, ...said };
  } catch (error) {
    return { code: null, isLate, stdout: "", stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
