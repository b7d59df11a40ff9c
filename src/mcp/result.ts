import type { CallToolResult } from "@modelcontextprotocol/server";
import type { TaskError } from "../contracts/error.ts";
import type { Handoff } from "../contracts/handoff.ts";
import type { NativeSessionView } from "../contracts/native-session.ts";
import { PANEL } from "../contracts/panel.ts";
import { RELAY } from "../contracts/relay.ts";
import type { Request } from "../contracts/request.ts";
import type { Session } from "../contracts/session.ts";
import { isFinal, type Task } from "../contracts/task.ts";
import { beginningOfArtifact, MAX_RESULT, pageOfAnswer, pageOfTask, type Offsets } from "../core/page.ts";
import { titleOf } from "../core/text.ts";

/**
 * Claude Code 2.1.330 and Codex 0.169.0 show their model only `structuredContent` where there is one, others only the
 * text: each says everything. The whole result stays below the size that clients cut.
 */
export function taskResult(
  task: Task,
  offsets: Offsets = {},
  requests: readonly Request[] = [],
): CallToolResult {
  const build = (page: Task): CallToolResult => ({
    ...(task.status === "failed" ? { isError: true } : {}),
    structuredContent: { ...page, next: nextOf(page, requests) },
    content: [{ type: "text", text: taskText(page, requests) }],
  });
  return build(pageOfTask(task, offsets, (page) => JSON.stringify(build(page)).length < MAX_RESULT));
}

/** Several tasks, each with an even share of the room for answers; of a panel what it has asked for is left to read_task. */
export function tasksResult(tasks: readonly Task[], mode: "all" | "any"): CallToolResult {
  const build = (items: readonly Task[]): CallToolResult => ({
    structuredContent: { items, next: nextOfMany(items, mode) },
    content: [
      {
        type: "text",
        text: [...items.map((task) => taskText(task)), nextOfMany(items, mode)].join("\n\n---\n\n"),
      },
    ],
  });
  const short = tasks.map((task) => ({
    ...task,
    prompt: titleOf(task.prompt),
    artifact: beginningOfArtifact(task.artifact),
    children: null,
  }));
  const bare = short.map((task) => (task.answer === null ? task : { ...task, answer: "" }));
  const share = (MAX_RESULT - JSON.stringify(build(bare)).length) / tasks.length - MORE_MARGIN;
  return build(
    short.map((task) => {
      const empty = sizeOf(task.answer === null ? task : { ...task, answer: "" });
      return pageOfAnswer(task, 0, (page) => sizeOf(page) - empty < share);
    }),
  );
}

/** What a longer `more` and its words may add beside the answers themselves. */
const MORE_MARGIN = 200;

function sizeOf(task: Task): number {
  return JSON.stringify([task, taskText(task)]).length;
}

export function sessionsResult(items: readonly Session[], next: string | null): CallToolResult {
  const lines = items.map(
    ({ id, name, agent, native_id, title }) =>
      `${id}  ${agent}  ${name ?? "(no name)"}  ${native_id ?? ""}  ${title ?? ""}`,
  );
  const hint =
    next === null
      ? "ask_agent with one of these as `session` continues it, ask_panel one of a panel."
      : `ask_agent with one of these as \`session\` continues it, ask_panel one of a panel; list_sessions with after "${next}" lists more.`;
  const text = [items.length === 0 ? "No sessions in this repository yet." : lines.join("\n"), hint].join(
    "\n\n",
  );
  return { structuredContent: { items, next, hint }, content: [{ type: "text", text }] };
}

/** A handoff that is prepared, with what was carried and what was not. */
export function handoffResult(handoff: Handoff): CallToolResult {
  const { session, agent, carried, turned_to_text, dropped, command, warnings } = handoff;
  const next = `ask_agent or delegate_task with agent "${agent}" and session "${session}" goes on in it.`;
  const counts = Object.entries(carried).map(([kind, count]) => `${count} ${kind}`);
  const losses = [...turned_to_text, ...dropped].map(({ what, count, why }) => `${count} ${what}: ${why}`);
  const text = [
    `[session ${session} · agent ${agent}]`,
    `carried: ${counts.join(", ")}`,
    ...losses,
    ...warnings,
    `A person goes on with: ${command}`,
    next,
  ].join("\n");
  return { structuredContent: { ...handoff, next }, content: [{ type: "text", text }] };
}

/** What the agents have on disk. */
export function nativeSessionsResult(
  items: readonly NativeSessionView[],
  next: string | null,
): CallToolResult {
  const lines = items.map(
    ({ agent, native_id, session, name, title, turns, updated_at, live }) =>
      `${native_id}  ${agent}  ${name ?? session ?? "(not Baton's)"}  ${turns} turns  ${updated_at}` +
      `${live ? "  open now" : ""}  ${title ?? ""}`,
  );
  const continues = "ask_agent with `agent` and its native_id as `session` continues one.";
  const more = next === null ? "" : ` list_sessions with native and after "${next}" lists more.`;
  const hint = `${continues}${more}`;
  const text = items.length === 0 ? "No conversations of this repository." : lines.join("\n");
  return {
    structuredContent: { items, next, hint },
    content: [{ type: "text", text: `${text}\n\n${hint}` }],
  };
}

/** What a request was answered with. */
export function requestResult(request: Request): CallToolResult {
  const next = `wait_tasks with tasks ["${request.task}"] waits for the task, which goes on.`;
  const text = `[request ${request.id} of task ${request.task}: ${request.answer ?? "open"}]`;
  return {
    structuredContent: { ...request, next },
    content: [{ type: "text", text: [text, next].join("\n\n") }],
  };
}

export function errorResult(error: TaskError): CallToolResult {
  return {
    isError: true,
    structuredContent: { error },
    content: [{ type: "text", text: errorText(error) }],
  };
}

function errorText({ code, message, hint }: TaskError): string {
  return `ERROR ${code}: ${message}${hint === null ? "" : `\n${hint}`}`;
}

function taskText(task: Task, requests: readonly Request[] = []): string {
  const native = task.native_id === null ? "" : ` (${task.agent}'s own id ${task.native_id})`;
  const ids = `[task ${task.id} · ${task.status} · agent ${task.agent} · session ${task.session}${native}]`;
  const queue = task.queue === null ? [] : [`Waits at place ${task.queue.position}: ${task.queue.reason}.`];
  const error = task.error === null ? [] : [errorText(task.error)];
  const answer = task.answer === null || task.answer === "" ? [] : [task.answer];
  const warnings = task.warnings.map((warning) => `[warning: ${warning}]`);
  const children = (task.children ?? []).map(
    (child) => `[${child.agent} · task ${child.id} · ${child.status} · session ${child.session}]`,
  );
  const line = [ids, ...children].join("\n");
  return [
    ...error,
    ...answer,
    ...artifactText(task),
    ...warnings,
    ...queue,
    line,
    nextOf(task, requests),
  ].join("\n\n");
}

function artifactText({ artifact }: Task): readonly string[] {
  if (artifact === null) return [];
  const { path, sha256, content, more } = artifact;
  const head = `[artifact ${path} · sha256 ${sha256}]`;
  return content === null
    ? [head]
    : [`${head}\n${content}\n[${more === null ? "end" : "so far"} of ${path}]`];
}

/** The call that continues from here. */
function nextOf(task: Task, requests: readonly Request[] = []): string {
  if (task.status === "input_required") return waitsFor(task, requests);
  if (!isFinal(task.status)) return `wait_tasks with tasks ["${task.id}"] waits for it; cancel_task ends it.`;
  if (task.more !== null) {
    return `read_task with task "${task.id}" and offset ${task.more.offset} gives the rest of the answer.`;
  }
  if (task.artifact !== null && task.artifact.more !== null) {
    return `read_task with task "${task.id}" and artifact_offset ${task.artifact.more.offset} gives the rest of ${task.artifact.path}.`;
  }
  if (task.agent === RELAY) {
    return "ask_agent with the agent and session of one of the children asks whoever has done that step.";
  }
  if (task.agent === PANEL) {
    return `ask_panel with the same agents and session "${task.session}" asks all of them on; ask_agent with the agent and session of one of the children asks only that one.`;
  }
  const goOn = `ask_agent with agent "${task.agent}" and session "${task.session}" continues this conversation.`;
  if (task.isolation === "shared" || task.changes.length === 0) return goOn;
  return (
    `The changes are in a worktree on the branch ${task.branch}, not in your directory: \`baton diff ${task.id}\` in a ` +
    `shell shows them, \`baton apply ${task.id}\` brings them in. ${goOn}`
  );
}

/** Who can answer is for the hub to say: most of the time a person has to. */
function waitsFor({ id }: Task, requests: readonly Request[]): string {
  const asked = requests.map(({ id: request, kind, summary, options }) => {
    const choices = options.length === 0 ? "" : ` (${options.join(", ")})`;
    return `${request} (${kind}): ${summary}${choices}`;
  });
  return (
    `The task waits for a person's answer: ${asked.join("; ") || "see `baton requests`"}. ` +
    `Tell the person: in a terminal, \`baton requests\` shows it, \`baton approve\`, \`deny\` or \`answer\` decides. ` +
    `answer_request works where their config allows it. wait_tasks with tasks ["${id}"] waits on.`
  );
}

function nextOfMany(tasks: readonly Task[], mode: "all" | "any"): string {
  const open = tasks.filter(({ status }) => !isFinal(status)).map(({ id }) => id);
  if (open.length === 0) return "All of them are final; read_task gives more of an answer that was cut.";
  return `wait_tasks with tasks ${JSON.stringify(open)} and mode "${mode}" waits for the rest.`;
}
