import { spawn } from "node:child_process";
import { createLineReader, type Line } from "./json-lines.ts";
import { identify, withDescendants, type ProcessIdentity } from "./identity.ts";
import { endAll, GRACE_MS } from "./kill.ts";

const STDERR_KEPT = 16 * 1024;

/** How a child ended. `error` is set when it could not even be started (`ENOENT`, `EACCES`). */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: NodeJS.ErrnoException | null;
}

/** A child that speaks JSON lines on stdin and stdout. */
export interface JsonChild {
  readonly pid: number | null;
  /** Resolves once, when the process is gone; helpers that hold its pipes do not delay it. */
  readonly exited: Promise<ChildExit>;
  /** The end of what it wrote to stderr. */
  stderr(): string;
  identity(): Promise<ProcessIdentity | null>;
  send(value: unknown): void;
  /** Closes its stdin, which asks a well-behaved agent to finish. */
  endInput(): void;
  /** Ends it and everything it started: stdin closed, then TERM, then KILL. Resolves when all are gone. */
  stop(graceMs?: number): Promise<void>;
}

/** Hears of every child, so that somebody else can end those that are left should this process die first. */
export interface ChildObserver {
  started(child: ProcessIdentity): void;
  ended(child: ProcessIdentity): void;
}

export const NO_OBSERVER: ChildObserver = { started: () => undefined, ended: () => undefined };

export interface ChildRequest {
  readonly observer: ChildObserver;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: Line) => void;
}

/** Starts a program without a shell, in a process group of its own, with exactly this environment. */
export function startJsonChild(request: ChildRequest): JsonChild {
  const [command, ...args] = request.argv;
  const child = spawn(command, args, {
    cwd: request.cwd,
    env: request.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
    shell: false,
  });

  const reader = createLineReader(request.onLine);
  child.stdout.on("data", (chunk: Buffer) => reader.write(chunk));
  child.stdout.on("end", () => reader.end());
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  // A child that died closes the pipe under us; its exit tells the story.
  child.stdin.on("error", () => undefined);

  const exited = new Promise<ChildExit>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("exit", (code, signal) => {
      // What it wrote last may still be in the pipe: let the reader have it before the exit is told.
      setImmediate(() => resolve({ code, signal, error: null }));
    });
  });

  const pid = child.pid ?? null;
  if (pid !== null) void tell(request.observer, pid, exited);
  return {
    pid,
    exited,
    stderr: () => stderr,
    identity: async () => (pid === null ? null : identify(pid)),
    send: (value) => {
      if (child.stdin.writable) child.stdin.write(`${JSON.stringify(value)}\n`);
    },
    endInput: () => child.stdin.end(),
    stop: async (graceMs = GRACE_MS) => {
      if (pid === null || child.exitCode !== null || child.signalCode !== null) {
        await exited;
        return;
      }
      const tree = await withDescendants(pid);
      child.stdin.end();
      await endAll(tree, graceMs);
      await exited;
    },
  };
}

async function tell(observer: ChildObserver, pid: number, exited: Promise<unknown>): Promise<void> {
  const identity = await identify(pid);
  if (identity === null) return;
  observer.started(identity);
  await exited;
  observer.ended(identity);
}
