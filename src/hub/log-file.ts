import { renameSync, statSync } from "node:fs";
import { pino, type Logger } from "pino";

const MAX_BYTES = 5 * 1024 * 1024;

/** The hub's own log, for this user alone; one older file is kept. Prompts, answers and keys are never in it. */
export function createHubLog(file: string): Logger {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_BYTES) renameSync(file, `${file}.1`);
  const destination = pino.destination({ dest: file, mode: 0o600, sync: true });
  // A full disk must not end the hub because of its log.
  destination.on("error", () => undefined);
  return pino({ base: { pid: process.pid } }, destination);
}

/**
 * An error as it may stand in the log. Its message only where the system or SQLite made it: any other may quote
 * what somebody said.
 */
export function loggable(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error ? error.code : null;
  const system = typeof code === "string" && /^(E[A-Z0-9]+|ERR_SQLITE_ERROR)$/.test(code);
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    code,
    message: system ? error.message : null,
    stack: frames.map((f) => f.trim()),
  };
}
