import { BatonError, taskError, type ErrorCode, type TaskError } from "../contracts/error.ts";
import type { Turn } from "./driver.ts";

/** One way for a turn to fail: its code, the next step, and where the code alone does not tell it, whether to retry. */
export interface FailureKind {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: boolean;
}

/** The error of a failure, with the agent's own words as its message. */
export function failureOf({ code, hint, retryable }: FailureKind, message: string): TaskError {
  return taskError(code, message, retryable === undefined ? { hint } : { hint, retryable });
}

/** A turn that was not even begun. */
export function refusedTurn(failure: TaskError): Turn {
  return {
    outcome: Promise.resolve({ status: "failed", error: failure, usage: null }),
    interrupt: async () => undefined,
    steer: async () => {
      throw notRunning();
    },
  };
}

/** There is no turn that a message could be added to. */
export function notRunning(): BatonError {
  return new BatonError("conflict", "The turn is not running any more, so nothing can be added to it.", {
    hint: "Ask in the same session instead.",
  });
}

/** A conversation takes one turn at a time, and none once it is closed. */
export function conversationTaken(): TaskError {
  return taskError("session_busy", "This conversation already has a turn, or is closed.", {
    hint: "Wait for the running task, or start a new session.",
  });
}
