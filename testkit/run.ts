import { spawn } from "node:child_process";
import { once } from "node:events";

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it reads on stdin; without it stdin is empty. */
  readonly input?: string | Uint8Array;
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way. */
export interface Running {
  readonly pid: number;
  readonly result: Promise<RunResult>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with everything written to stdout so far once the text stands in it; fails when it ends without. */
  waitForOutput(text: string): Promise<string>;
}

/** Starts a program with exactly this environment, without a shell. */
export function start(argv: readonly [string, ...string[]], options: RunOptions): Running {
  const [command, ...args] = argv;
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const result = once(child, "close").then(([code, signal]: unknown[]): RunResult => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  result.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    result,
    kill: (signal) => child.kill(signal),
    waitForOutput: async (text) => {
      while (!stdout.includes(text)) {
        const ended = result.then(() => "ended" as const);
        const next = await Promise.race([once(child.stdout, "data").then(() => "data" as const), ended]);
        if (next === "ended" && !stdout.includes(text)) {
          throw new Error(`it ended without saying ${JSON.stringify(text)}:\n${stdout}\n${stderr}`);
        }
      }
      return stdout;
    },
  };
}
