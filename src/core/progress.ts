import type { TaskError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import { isFinal, type FileChange, type TaskStatus, type Usage } from "../contracts/task.ts";

/** What the events of a task add up to. */
export interface TaskProgress {
  readonly status: TaskStatus;
  /** The last message of the agent; the answer once the task is completed. */
  readonly answer: string | null;
  readonly error: TaskError | null;
  readonly usage: Usage | null;
  readonly changes: FileChange[];
  readonly warnings: string[];
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

const NEXT: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  queued: ["working", "failed", "cancelled"],
  working: ["input_required", "completed", "failed", "cancelled"],
  input_required: ["working", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** Whether a task may go from one status to the other. */
export function mayBecome(from: TaskStatus, to: TaskStatus): boolean {
  return NEXT[from].includes(to);
}

/** The progress after one more event of the log. */
export function advance<T extends TaskProgress>(task: T, event: TaskEventBody, at: string): T {
  switch (event.type) {
    case "task.status":
      return withStatus(task, event.data, at);
    case "message":
      return { ...task, answer: event.data.text };
    case "usage":
      return { ...task, usage: event.data };
    case "file.changed":
      return { ...task, changes: withChange(task.changes, event.data) };
    case "changes":
      return { ...task, changes: event.data.items };
    case "warning":
      return { ...task, warnings: [...task.warnings, event.data.message] };
    case "message.delta":
    case "reasoning":
    case "tool.started":
    case "tool.finished":
    case "error":
    case "raw":
    case "request.opened":
    case "request.closed":
      return task;
  }
}

function withStatus<T extends TaskProgress>(
  task: T,
  { status, error }: { status: TaskStatus; error: TaskError | null },
  at: string,
): T {
  return {
    ...task,
    status,
    error,
    started_at: task.started_at ?? (status === "working" ? at : null),
    ended_at: isFinal(status) ? at : null,
  };
}

/** One entry per file: what was added and then changed is still an addition. */
export function withChange(changes: readonly FileChange[], change: FileChange): FileChange[] {
  const before = changes.find(({ path }) => path === change.path);
  if (before === undefined) return [...changes, change];
  const kind = before.kind === "add" && change.kind === "update" ? "add" : change.kind;
  return changes.map((entry) => (entry === before ? { path: change.path, kind } : entry));
}
