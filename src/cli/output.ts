import { styleText } from "node:util";
import type { TaskError } from "../contracts/error.ts";
import { isFinal, type Task } from "../contracts/task.ts";
import { PANEL } from "../contracts/panel.ts";
import { beginningOf, beginningOfArtifact, MAX_RESULT, pageOfTask, type Offsets } from "../core/page.ts";
import { withoutControls } from "../core/text.ts";

type Style = Parameters<typeof styleText>[0];

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** A task as `--json` gives it: the whole of it below the limit, the rest of the answer by `show --offset`. */
export function printTaskJson(task: Task, offsets: Offsets = {}): void {
  printJson(pageOfTask(task, offsets, (page) => JSON.stringify(page).length < MAX_RESULT));
}

/** Whether an answer came of it that is to be printed: a panel has answers also where too few came. */
export function hasResult({ status, agent, answer }: Task): boolean {
  return status === "completed" || (agent === PANEL && answer !== null);
}

/** Tasks as a list of `--json`, with the beginning of each answer. */
export function listedTask(task: Task): Task {
  const children = task.children?.map(beginningOf) ?? null;
  const artifact = beginningOfArtifact(task.artifact);
  const limit = JSON.stringify({ ...task, children, artifact, answer: "" }).length + LISTED_ANSWER;
  return pageOfTask({ ...task, children, artifact }, {}, (page) => JSON.stringify(page).length <= limit);
}
const LISTED_ANSWER = 600;

/** Colours where the stream is a terminal that wants them. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

const STATUS_STYLE: Readonly<Record<Task["status"], Style>> = {
  queued: "dim",
  working: "cyan",
  input_required: "yellow",
  completed: "green",
  failed: "red",
  cancelled: "dim",
};

export function styledStatus(status: Task["status"], width = 0): string {
  return styled(STATUS_STYLE[status], status.padEnd(width));
}

/** An error as a person reads it: code, sentence, next step. */
export function noteError(error: TaskError): void {
  note(`${styled("red", "baton:", process.stderr)} ${error.code}: ${withoutControls(error.message)}`);
  if (error.hint !== null) note(`       ${withoutControls(error.hint)}`);
}

/** How a task that did not complete ended, for stderr. */
export function noteOutcome(task: Task): void {
  if (task.error !== null) noteError(task.error);
  else if (task.status === "cancelled") note(`baton: task ${task.id} was cancelled`);
  else if (!isFinal(task.status)) {
    note(
      `baton: task ${task.id} is still ${task.status}; it goes on. \`baton wait ${task.id}\` waits for it.`,
    );
  }
}

/** Rows in columns as wide as their widest cell; the last one is cut to what the terminal has left. */
export function printTable(
  rows: readonly (readonly string[])[],
  columns = process.stdout.columns ?? 120,
): void {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(...rows.map((row) => plain(row[at]).length)),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  for (const row of rows) {
    const cells = row.map((cell, at) => {
      if (at < count - 1) return cell + " ".repeat((widths[at] ?? 0) - plain(cell).length);
      return process.stdout.isTTY ? cell.slice(0, Math.max(10, columns - before)) : cell;
    });
    print(cells.join("  ").trimEnd());
  }
}

function plain(cell = ""): string {
  return withoutControls(cell);
}

/** How long ago something was, in the largest unit that is not zero. */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
