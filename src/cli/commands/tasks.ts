import { isCoordinator } from "../../contracts/coordinator.ts";
import { RELAY } from "../../contracts/relay.ts";
import type { RpcResult } from "../../contracts/rpc.ts";
import { isFinal, type Task } from "../../contracts/task.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { eventLine } from "../events.ts";
import { durationOption } from "../options.ts";
import { artifactRows, printFrom, showArtifact } from "./show-artifact.ts";
import { treeLines } from "../tree.ts";
import { unapplied } from "./worktrees.ts";
import { readAllOfStdin } from "../stdin.ts";
import { EXIT, exitCodeOf, exitCodeOfAll } from "../exit.ts";
import {
  ago,
  hasResult,
  listedTask,
  note,
  noteOutcome,
  print,
  printJson,
  printTable,
  printTaskJson,
  styledStatus,
} from "../output.ts";

interface Json {
  readonly json?: true;
}

export interface ListOptions extends Json {
  readonly limit: number;
  readonly after?: string;
  readonly running?: true;
}

/** `baton tasks`: the newest tasks. */
export async function listTasks({ client }: CommandContext, options: ListOptions): Promise<number> {
  const { limit, after = null, running = false } = options;
  const { items, next } = await client.call("task.list", { limit, after, unfinished: running });
  if (options.json === true) {
    printJson({ items: items.map(listedTask), next });
    return EXIT.ok;
  }
  if (items.length === 0) note('No tasks yet. Begin with: baton ask codex "what does this repository do?"');
  const noted = items.some(({ isolation }) => isolation === "worktree")
    ? await unapplied({ client }, "task")
    : () => null;
  printTable(
    underTheirOwn(items).map(({ task, indent }) => [
      `${indent}${task.id}`,
      nameOf(task),
      styledStatus(task.status),
      ago(task.created_at),
      [noted(task.id), remark(task)].filter((part) => part !== null).join(" · "),
    ]),
  );
  if (next !== null) note(`More: baton tasks --after ${next}`);
  return EXIT.ok;
}

interface Row {
  readonly task: Task;
  readonly indent: string;
}

/** The tasks that a panel or a relay has asked for follow it, where it is on the same page. */
function underTheirOwn(items: readonly Task[]): readonly Row[] {
  const above = new Set(items.filter(({ agent }) => isCoordinator(agent)).map(({ id }) => id));
  const isUnder = ({ lineage: { parent } }: Task) => parent !== null && above.has(parent);
  return items.flatMap((task) => {
    if (isUnder(task)) return [];
    const below = above.has(task.id) ? items.filter(({ lineage }) => lineage.parent === task.id) : [];
    return [{ task, indent: "" }, ...below.toReversed().map((child) => ({ task: child, indent: "  " }))];
  });
}

function nameOf({ agent, model }: Task): string {
  return model === null ? agent : `${agent}:${model}`;
}

function remark(task: Task): string {
  if (task.children !== null) return `${completedIn(task, task.children)} · ${task.title}`;
  if (task.queue !== null) return `#${task.queue.position}: ${task.queue.reason} · ${task.title}`;
  return task.error === null ? task.title : `${task.error.code} · ${task.title}`;
}

function completedIn({ agent }: Task, children: NonNullable<Task["children"]>): string {
  const completed = children.filter(({ status }) => status === "completed").length;
  if (agent === RELAY) return `${completed} ${completed === 1 ? "step" : "steps"} done`;
  return `${completed} of ${children.length} completed`;
}

export interface ShowOptions extends Json {
  readonly offset: number;
  readonly prompt?: true;
  readonly artifact?: true;
}

/** `baton show`: one task, its prompt, or its answer from an offset on. */
export async function showTask(
  { client }: CommandContext,
  id: string,
  options: ShowOptions,
): Promise<number> {
  if (options.prompt === true) {
    const { prompt } = await client.call("task.prompt", { task: id });
    if (options.json === true) printJson({ prompt });
    else print(withoutControls(prompt));
    return EXIT.ok;
  }
  if (options.artifact === true) return showArtifact({ client }, id, options);
  const task = await client.call("task.get", { task: id });
  if (options.json === true) printTaskJson(task, { answer: options.offset });
  else if (options.offset > 0) printFrom(task.answer ?? "", options.offset);
  else showForPerson(task, await client.call("task.lineage", { task: id }));
  return EXIT.ok;
}

function showForPerson(task: Task, line: RpcResult<"task.lineage">): void {
  const rows: (readonly [string, string | null])[] = [
    ["task", `${task.id}  ${styledStatus(task.status)}`],
    ["agent", [task.agent, task.model, task.effort].filter((part) => part !== null).join(" ")],
    ["session", `${task.session}${task.native_id === null ? "" : ` (${task.native_id})`}`],
    ["directory", task.cwd],
    ["access", task.access],
    ["branch", task.branch],
    ["asked by", task.lineage.parent ?? task.lineage.root],
    ["waits", task.queue === null ? null : `#${task.queue.position}: ${task.queue.reason}`],
    ["created", task.created_at],
    ["started", task.started_at],
    ["ended", task.ended_at],
    ["tokens", task.usage === null ? null : `${task.usage.input_tokens} in, ${task.usage.output_tokens} out`],
    ["cost", typeof task.usage?.cost_usd === "number" ? `$${task.usage.cost_usd.toFixed(4)}` : null],
    [
      "changes",
      joined(
        ", ",
        task.changes.map(({ kind, path }) => `${kind} ${path}`),
      ),
    ],
    ["warnings", joined("; ", task.warnings)],
    [
      "attached",
      joined(
        ", ",
        task.attachments.map(({ path }) => path),
      ),
    ],
    ...artifactRows(task.artifact),
    ["prompt", task.title],
  ];
  printTable(
    rows.flatMap(([name, value]) => (value === null ? [] : [[name, withoutControls(value)]])),
    Infinity,
  );
  if (line.items.length > 1) print(`\n${treeLines(line.root, line.items, task.id).join("\n")}`);
  if (task.answer !== null) print(`\n${withoutControls(task.answer)}`);
  if (task.error !== null) noteOutcome(task);
}

function joined(separator: string, parts: readonly string[]): string | null {
  return parts.length === 0 ? null : parts.join(separator);
}

export interface WaitOptions extends Json {
  readonly any?: true;
  readonly wait?: string;
}

/** `baton wait`: waits until all or one of the tasks are final. */
export async function waitForTasks(
  { client }: CommandContext,
  ids: readonly string[],
  options: WaitOptions,
): Promise<number> {
  const { items, done } = await client.call("task.wait", {
    tasks: [...ids],
    mode: options.any === true ? "any" : "all",
    limit_ms: durationOption("--wait", options.wait),
  });
  if (options.json === true) {
    if (items.length === 1 && items[0] !== undefined) printTaskJson(items[0]);
    else printJson({ items: items.map(listedTask), next: null });
  } else {
    for (const task of items) showWaited(task, items.length);
  }
  if (!done) return EXIT.stillRunning;
  return exitCodeOfAll(items.filter((task) => isFinal(task.status)));
}

function showWaited(task: Task, count: number): void {
  if (count > 1) print(`${task.id}  ${task.agent}  ${styledStatus(task.status)}`);
  if (hasResult(task)) print(withoutControls(task.answer ?? ""));
  noteOutcome(task);
}

export interface LogsOptions extends Json {
  readonly follow?: true;
}

/** `baton logs`: what happened in a task; with `-f` as it happens, until it is final. */
export async function showLogs(
  { client }: CommandContext,
  id: string,
  options: LogsOptions,
): Promise<number> {
  const follow = options.follow === true;
  const items: unknown[] = [];
  await client.call(
    "task.events",
    { task: id, after: 0, follow },
    {
      onEvent: (event) => {
        if (options.json === true) {
          if (follow) printJson(event);
          else items.push(event);
          return;
        }
        const line = eventLine(event);
        if (line !== null) print(line);
      },
    },
  );
  if (options.json === true && !follow) printJson({ items, next: null });
  return EXIT.ok;
}

/** `baton steer`: adds a message to what an agent is working on. */
export async function steerTask(
  { client }: CommandContext,
  id: string,
  words: string,
  options: Json,
): Promise<number> {
  const text = words === "-" ? await readAllOfStdin() : words;
  const task = await client.call("task.steer", { task: id, text });
  if (options.json === true) printTaskJson(task);
  else print(`${task.id}  ${styledStatus(task.status)}  the agent has got it`);
  return EXIT.ok;
}

/** `baton cancel`: ends a task; one that is final already stays as it is. */
export async function cancelTask({ client }: CommandContext, id: string, options: Json): Promise<number> {
  const task = await client.call("task.cancel", { task: id });
  if (options.json === true) printTaskJson(task);
  else print(`${task.id}  ${styledStatus(task.status)}`);
  return task.status === "cancelled" ? EXIT.ok : exitCodeOf(task);
}
