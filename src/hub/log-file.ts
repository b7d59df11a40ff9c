import { renameSync, statSync } from "node:fs";
import { pino, type Logger } from "pino";

const MAX_BYTES = 5 * 1024 * 1024;

/** The hub's own log, for this user alone; one older file is kept. Prompts, answers and keys are never in it. */
export function createHubLog(file: string): Logger {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_BYTES) renameSync(file, `${file}.1`);
  return pino({ base: { pid: process.pid } }, pino.destination({ dest: file, mode: 0o600, sync: true }));
}
