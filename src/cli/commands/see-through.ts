import type { TaskEvent } from "../../contracts/event.ts";
import { isFinal, type Task } from "../../contracts/task.ts";
import { withoutControls } from "../../core/text.ts";
import { artifactLines } from "../artifacts.ts";
import type { CommandContext } from "../context.ts";
import { createTextStream } from "../events.ts";
import { EXIT, exitCodeOf } from "../exit.ts";
import { createLiveLine, type LiveLine } from "../live.ts";
import { durationOption } from "../options.ts";
import { hasResult, note, noteOutcome, print, printJson, printTaskJson, styled } from "../output.ts";

type Opened = Extract<TaskEvent, { readonly type: "request.opened" }>["data"];

/** How much of a task a command shows, and for how long. */
export interface ShowOptions {
  readonly wait?: string;
  readonly background?: true;
  readonly stream?: true;
  readonly json?: true;
}

/** A task to be. */
export interface Beginning {
  readonly start: () => Promise<Task>;
  /** The command that goes on from it. */
  readonly continuation: (task: Task) => string;
  /** What is said of an event in a line of its own; null: nothing. */
  readonly progress?: (event: TaskEvent) => string | null;
}

/** The command that goes on in the session of a task; `command` is that without `baton` and the session. */
export function inSession(command: (task: Task) => string): Beginning["continuation"] {
  return (task) => `baton ${command(task)} --session ${task.session} "…"`;
}

/** Starts a task and shows what comes of it; gives the exit code. */
export async function seeThrough(
  context: CommandContext,
  { start, continuation, progress = () => null }: Beginning,
  options: ShowOptions,
): Promise<number> {
  // Until the hub has answered there is a task that nobody knows the id of; an interruption waits that long.
  const interrupted = interruption();
  const task = await start();
  if (options.background === true) {
    if (options.json === true) printTaskJson(task);
    else print(task.id);
    return EXIT.ok;
  }
  const limit = durationOption("--wait", options.wait);
  const last = await follow(context, task, { options, limit, interrupted, progress });
  if (last === "interrupted") {
    await context.client.call("task.cancel", { task: task.id });
    note(`baton: interrupted; task ${task.id} is cancelled. Continue with: ${continuation(task)}`);
    return EXIT.interrupted;
  }
  report(last, options, continuation(last));
  return exitCodeOf(last);
}

interface FollowOptions {
  readonly options: ShowOptions;
  readonly limit: number | null;
  readonly interrupted: Promise<"interrupted">;
  readonly progress: NonNullable<Beginning["progress"]>;
}

/** Shows what happens until the task is final, the limit is over or the person interrupts. */
async function follow(
  { client }: CommandContext,
  task: Task,
  { options, limit, interrupted, progress }: FollowOptions,
): Promise<Task | "interrupted"> {
  const quiet = new AbortController();
  const live = options.stream === true || options.json === true ? null : createLiveLine(task.agent);
  const write = createTextStream((text) => void process.stdout.write(text));
  const whole = { after: 0, follow: true };
  const onRequest = (event: TaskEvent) => {
    if (event.type === "request.opened" && options.json !== true) noteRequest(event.data, live);
  };
  const onEvent: Parameters<typeof client.call>[2] = {
    signal: quiet.signal,
    onEvent: (event) => {
      live?.show(event);
      onRequest(event);
      const line = options.json === true ? null : progress(event);
      if (line !== null) noteProgress(line, live);
      // What such a task asks is asked by the one that works.
      if (task.children !== null && event.type === "tool.started") {
        const child = { ...whole, task: event.data.id };
        client
          .call("task.events", child, { signal: quiet.signal, onEvent: onRequest })
          .catch(() => undefined);
      }
      if (options.stream !== true) return;
      if (options.json === true) printJson(event);
      else write(event);
    },
  };
  // Events are for the eyes; the wait beside them decides.
  const events = client.call("task.events", { ...whole, task: task.id }, onEvent).catch(() => undefined);
  const wait = { tasks: [task.id], mode: "all" as const, limit_ms: limit };
  const waited = client.call("task.wait", wait, { signal: quiet.signal });
  waited.catch(() => undefined);
  const ended = await Promise.race([waited, interrupted]).finally(() => live?.clear());
  if (ended === "interrupted") {
    quiet.abort();
    return ended;
  }
  if (ended.done) await events;
  else quiet.abort();
  return ended.items[0] ?? task;
}

function noteProgress(line: string, live: LiveLine | null): void {
  live?.pause();
  note(`baton: ${withoutControls(line)}`);
}

/** Whoever waits may be the one who can answer, in another terminal. */
function noteRequest({ id, kind, summary, options }: Opened, live: LiveLine | null): void {
  live?.pause();
  note(`baton: ${withoutControls(`the agent asks (${kind}): ${summary}`)}`);
  const commands = options.includes("approve")
    ? `baton approve ${id}    baton deny ${id}`
    : `baton answer ${id} "…"`;
  note(`       ${commands}    (baton requests shows the whole of it)`);
}

function report(task: Task, { stream, json }: ShowOptions, continuation: string): void {
  if (json === true) {
    if (stream !== true) printTaskJson(task);
    return;
  }
  if (stream !== true && hasResult(task)) print(withoutControls(task.answer ?? ""));
  noteOutcome(task);
  for (const { kind, path: file } of task.changes) note(withoutControls(`${kind.padEnd(6)} ${file}`));
  for (const line of task.artifact === null ? [] : artifactLines(task.id, task.artifact))
    note(withoutControls(line));
  for (const warning of task.warnings) note(withoutControls(`warning: ${warning}`));
  noteWorktree(task);
  if (isFinal(task.status) && process.stderr.isTTY) {
    note(styled("dim", `${task.id} · continue with: ${continuation}`, process.stderr));
  }
}

function noteWorktree({ id, status, isolation, branch, changes }: Task): void {
  if (!isFinal(status) || isolation === "shared" || changes.length === 0) return;
  note(`baton: in a worktree on ${branch}: baton diff ${id}, then baton apply ${id}`);
}

/** Resolves when the person or the system asks this command to end. A second time ends it at once. */
async function interruption(): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(EXIT.interrupted));
        resolve("interrupted");
      });
    }
  });
}
