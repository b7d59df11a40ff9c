import { EXIT_CODE_BY_ERROR } from "../contracts/error.ts";
import { isFinal, type Task } from "../contracts/task.ts";

/** Exit codes that no error code stands for; docs/cli.md lists all of them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, stillRunning: 124, interrupted: 130 } as const;

/** The exit code that tells how a task stands. */
export function exitCodeOf(task: Pick<Task, "status" | "error">): number {
  if (!isFinal(task.status)) return EXIT.stillRunning;
  if (task.error !== null) return EXIT_CODE_BY_ERROR[task.error.code];
  return task.status === "completed" ? EXIT.ok : EXIT.failed;
}

/** The exit code of several tasks: the first that is not good tells. */
export function exitCodeOfAll(tasks: readonly Task[]): number {
  return tasks.map(exitCodeOf).find((code) => code !== EXIT.ok) ?? EXIT.ok;
}
