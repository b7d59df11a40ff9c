import type { TaskError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";

/** A step in the life of a task that is no failure. */
export function status(value: "working" | "completed" | "cancelled"): TaskEventBody {
  return { type: "task.status", data: { status: value, error: null } };
}

/** The end of a task that failed. */
export function failed(error: TaskError): TaskEventBody {
  return { type: "task.status", data: { status: "failed", error } };
}
