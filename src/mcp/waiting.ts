import type { CallToolResult } from "@modelcontextprotocol/server";
import type { HubClient } from "../client/client.ts";
import type { TaskEvent } from "../contracts/event.ts";
import type { Task } from "../contracts/task.ts";
import { createMemberWatch } from "../core/members.ts";
import type { Offsets } from "../core/page.ts";
import { shortened } from "../core/text.ts";
import { BATON_DIALOG, followApprovals } from "./approvals.ts";
import type { Call } from "./call.ts";
import type { FrontEnd } from "./front-end.ts";
import { isTimeout, patienceOf } from "./patience.ts";
import { taskResult } from "./result.ts";

/** A waiting call tells its client this often that it goes on, in milliseconds; some count silence. */
const PROGRESS_EVERY_MS = 10_000;
const PROGRESS_LENGTH = 80;

export interface WaitRequest {
  readonly tasks: readonly string[];
  readonly mode: "all" | "any";
  /** `attention`: a task whose request a model may answer ends the waiting too. */
  readonly until?: "final" | "attention";
  /** What the model asked for; the client's patience is the upper limit. */
  readonly waitSeconds: number | null;
}

/** Waits for tasks as long as the client's patience allows, and gives them as they are then. */
export async function waitWithProgress(
  frontEnd: FrontEnd,
  call: Call,
  request: WaitRequest,
): Promise<readonly Task[]> {
  const patience = frontEnd.maxWaitMs ?? patienceOf(call.client, frontEnd.env);
  const limit_ms = Math.min(patience, (request.waitSeconds ?? Infinity) * 1_000);
  const ticker = startTicker(call);
  const watching = new AbortController();
  for (const task of request.tasks) watch(frontEnd.client, task, ticker.say, watching.signal);
  try {
    const { items } = await frontEnd.client.call(
      "task.wait",
      { tasks: [...request.tasks], mode: request.mode, until: request.until ?? "final", limit_ms },
      { signal: call.signal },
    );
    return items;
  } finally {
    ticker.stop();
    watching.abort();
  }
}

/** Waits for one task that this call has begun; a person who interrupts the call cancels it. */
export async function waitForOne(
  frontEnd: FrontEnd,
  call: Call,
  { task, waitSeconds }: { readonly task: Task; readonly waitSeconds: number | null },
): Promise<CallToolResult> {
  putToPerson(frontEnd.client, call, [task.id]);
  try {
    const [waited = task] = await waitWithProgress(frontEnd, call, {
      tasks: [task.id],
      mode: "all",
      until: "attention",
      waitSeconds,
    });
    return await shownTask(frontEnd, waited);
  } finally {
    await cancelIfInterrupted(frontEnd, call, task.id);
  }
}

/** A task with what it waits for, where it does. */
export async function shownTask(
  { client }: FrontEnd,
  task: Task,
  offsets: Offsets = {},
): Promise<CallToolResult> {
  if (task.status !== "input_required") return taskResult(task, offsets);
  const { items } = await client.call("request.list", { task: task.id });
  return taskResult(task, offsets, items);
}

/** Puts what tasks ask to the client's person, once for each task, as far as the client can. */
export function putToPerson(client: HubClient, call: Call, tasks: readonly string[]): void {
  if (call.elicit === null) return;
  for (const task of tasks.filter((id) => !call.connection.followed.has(id))) {
    call.connection.followed.add(task);
    followApprovals(client, task, call, BATON_DIALOG);
  }
}

/**
 * Cancels the task when a person gives the call up. A client that has run out of time, or is gone, leaves the task
 * running: it is reachable by its id.
 */
export async function cancelIfInterrupted({ client }: FrontEnd, call: Call, task: string): Promise<void> {
  const { aborted, reason } = call.signal as { aborted: boolean; reason: unknown };
  const isGone = reason instanceof Error && reason.name !== "AbortError";
  if (!aborted || isGone || isTimeout(reason, performance.now() - call.startedAt)) return;
  await client.call("task.cancel", { task });
}

function watch(client: HubClient, task: string, say: (event: TaskEvent) => void, signal: AbortSignal): void {
  // Progress is for the eyes: what goes wrong with it is told by the wait itself.
  client
    .call("task.events", { task, after: 0, follow: true }, { onEvent: say, signal })
    .catch(() => undefined);
}

function startTicker(call: Call) {
  const startedAt = performance.now();
  let doing = "waiting";
  const heard = createMemberWatch();
  const timer = setInterval(() => {
    call.progress(`${doing} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
  }, PROGRESS_EVERY_MS);
  return {
    say: (event: TaskEvent): void => {
      const activity = heard(event) ?? activityOf(event);
      if (activity === null || activity === doing) return;
      doing = activity;
      call.progress(doing);
    },
    stop: () => clearInterval(timer),
  };
}

function activityOf(event: TaskEvent): string | null {
  if (event.type === "task.status") return event.data.status;
  if (event.type === "message.delta") return "answering";
  if (event.type === "reasoning") return "thinking";
  if (event.type === "tool.started")
    return shortened(`${event.data.name} ${event.data.summary}`, PROGRESS_LENGTH);
  if (event.type === "request.opened")
    return shortened(`waits for an answer (${event.data.id}): ${event.data.summary}`, PROGRESS_LENGTH);
  return null;
}
