import type { EntryEdit, HistoryEntry } from "./entry.ts";
import { hunksOf } from "./hunks.ts";

/**
 * Says where a conversation that was read back differs from what was to be written; null where it is the same. Names of
 * tools and their inputs are each agent's own, so they are not compared.
 */
export function differenceOf(written: readonly HistoryEntry[], read: readonly HistoryEntry[]): string | null {
  for (const [index, entry] of written.entries()) {
    const other = read[index];
    if (other === undefined) return `entry ${index + 1} of ${written.length} (${entry.kind}) is missing`;
    if (!isSame(entry, other)) return `entry ${index + 1} (${entry.kind}) is not what it was`;
  }
  return read.length === written.length ? null : `there are ${read.length - written.length} entries too many`;
}

function isSame(one: HistoryEntry, other: HistoryEntry): boolean {
  switch (one.kind) {
    case "shell":
      return other.kind === "shell" && one.command === other.command && isAnsweredAlike(one, other);
    case "tool":
      return other.kind === "tool" && isAnsweredAlike(one, other);
    case "edit":
      return (
        other.kind === "edit" &&
        one.edits.length === other.edits.length &&
        one.edits.every((edit, index) => isSameEdit(edit, other.edits[index]))
      );
    case "plan":
      return other.kind === "plan" && JSON.stringify(one.steps) === JSON.stringify(other.steps);
    case "note":
    case "user":
    case "assistant":
      return other.kind === one.kind && one.text === other.text;
  }
}

type Answered = Pick<Extract<HistoryEntry, { kind: "shell" }>, "output" | "outcome">;

/** An output may say by itself that something went wrong, where nobody had marked it. */
function isAnsweredAlike(one: Answered, other: Answered): boolean {
  return one.output === other.output && (one.outcome === "ok" || one.outcome === other.outcome);
}

function isSameEdit(one: EntryEdit, other: EntryEdit | undefined): boolean {
  if (other === undefined || one.path !== other.path || one.change !== other.change) return false;
  if (one.diff === null || one.isCut) return true;
  return linesIn(one.diff) === linesIn(other.diff ?? "");
}

/** Where a hunk stands is written in each agent's own way. */
function linesIn(diff: string): string {
  return hunksOf(diff)
    .flatMap(({ lines }) => lines)
    .join("\n");
}
