import { DEFAULT_CONTEXT_BUDGET, type ContextFields } from "../../contracts/context.ts";
import { contextBlock } from "./block.ts";
import { line, quotation, section, type Entry, type Section } from "./entry.ts";
import { quotableLine } from "./quotable.ts";
import { quoteOf } from "./quote.ts";
import { RANKS, rankOf } from "./ranks.ts";

const LINE = 300;
const TEXT = 8_000;

/** The sections that hold what a caller has said itself; their places are among those of a summary. */
export interface FieldSections {
  readonly task: Section;
  readonly files: Section;
  readonly issues: Section;
  readonly next: Section;
}

export function fieldSections(fields: ContextFields): FieldSections {
  return {
    task: section("Task", text(fields.task, "task")),
    files: section("Files that matter", list(fields.files, "filesNamed")),
    issues: section("Open issues", list(fields.open_issues, "issues")),
    next: section("Next step", text(fields.next_step, "nextAsked")),
  };
}

/** What a caller passes as the `context` of a prompt, as a block that is bounded like a summary. */
export function contextOfFields(fields: ContextFields, budget: number = DEFAULT_CONTEXT_BUDGET): string {
  const { task, files, issues, next } = fieldSections(fields);
  return contextBlock(null, [task, files, issues, next], budget)?.text ?? "";
}

function text(said: string | undefined, kind: "task" | "nextAsked"): readonly Entry[] {
  if (said === undefined) return [];
  const quote = quoteOf({ text: said, missing: 0 }, "start", TEXT);
  return [quotation("In the words of the caller:", quote, { worth: "start", ...RANKS[kind] })];
}

function list(said: readonly string[] | undefined, kind: "filesNamed" | "issues"): readonly Entry[] {
  return (said ?? []).map((it, index) => line(quotableLine(it, LINE), rankOf(kind, index)));
}
