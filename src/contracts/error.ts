import { z } from "zod";

/** Every stable error code of the contract, with the exit code that a command ends with when it is the outcome. */
export const EXIT_CODE_BY_ERROR = {
  agent_timeout: 1,
  agent_crashed: 1,
  agent_error: 1,
  agent_rate_limited: 1,
  artifact_missing: 1,
  conflict: 1,
  lost: 1,
  invalid_argument: 2,
  session_not_found: 2,
  task_not_found: 2,
  request_not_found: 2,
  agent_unavailable: 3,
  agent_auth: 3,
  loop_depth: 4,
  loop_cycle: 4,
  fan_out: 4,
  budget_exceeded: 4,
  access_denied: 4,
  cwd_denied: 4,
  session_busy: 4,
  hub_unavailable: 5,
} as const;

export const ERROR_CODES = Object.keys(EXIT_CODE_BY_ERROR) as [ErrorCode, ...ErrorCode[]];
export type ErrorCode = keyof typeof EXIT_CODE_BY_ERROR;

/** An error as it is stored and sent: a stable code, a sentence for a person, the next step, and whether trying again can help. */
export const taskErrorSchema = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
});
export type TaskError = z.infer<typeof taskErrorSchema>;

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  "agent_timeout",
  "agent_crashed",
  "agent_rate_limited",
  "lost",
  "session_busy",
  "hub_unavailable",
]);

/** Builds the stored form; `retryable` follows from the code unless the caller knows better. */
export function taskError(
  code: ErrorCode,
  message: string,
  more: { hint?: string; retryable?: boolean } = {},
): TaskError {
  return { code, message, hint: more.hint ?? null, retryable: more.retryable ?? RETRYABLE.has(code) };
}

/** The throwable form, for code that cannot go on. Crosses every boundary as its `error`. */
export class BatonError extends Error {
  override readonly name = "BatonError";
  readonly error: TaskError;

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.error = taskError(code, message, more);
  }

  /** Rebuilds the throwable form of an error that arrived over a wire. */
  static from(error: TaskError): BatonError {
    const { code, message, hint, retryable } = error;
    return new BatonError(code, message, hint === null ? { retryable } : { hint, retryable });
  }
}

/** Turns whatever was thrown into the stored form; what is not ours becomes `fallback`. */
export function errorOf(thrown: unknown, fallback: ErrorCode): TaskError {
  if (thrown instanceof BatonError) return thrown.error;
  return taskError(fallback, thrown instanceof Error ? thrown.message : String(thrown));
}
