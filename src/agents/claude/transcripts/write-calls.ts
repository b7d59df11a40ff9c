import type { EntryEdit, HistoryEntry } from "../../../core/history/entry.ts";
import { argumentsOf, callName } from "../../../core/history/fitting.ts";
import { hunksOf, rangeOf, sideOf } from "../../../core/history/hunks.ts";

type CallEntry = Extract<HistoryEntry, { kind: "shell" | "edit" | "plan" | "tool" }>;

/** A tool use as Claude Code 2.1.330 keeps it. */
export interface ClaudeCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly isError: boolean;
  /** What Claude Code shows of the result. */
  readonly toolUseResult: unknown;
}

/** The tool use of Claude Code that an entry comes closest to. */
export function claudeCall(entry: CallEntry): ClaudeCall {
  switch (entry.kind) {
    case "shell":
      return { name: "Bash", input: { command: entry.command }, ...ended(entry, shellResult(entry.output)) };
    case "tool":
      return { name: callName(entry.name), input: argumentsOf(entry.input), ...ended(entry, entry.output) };
    case "plan": {
      const todos = entry.steps.map(({ text, status }) => ({ content: text, status, activeForm: text }));
      const result = "The plan was updated.";
      return {
        name: "TodoWrite",
        input: { todos },
        result,
        isError: false,
        toolUseResult: { newTodos: todos },
      };
    }
    case "edit": {
      const [edit] = entry.edits;
      const result = entry.output === "" ? "The file was changed." : entry.output;
      return {
        ...(edit === undefined ? { name: "Edit", input: {}, toolUseResult: {} } : changed(edit)),
        result,
        isError: false,
      };
    }
  }
}

function shellResult(stdout: string): unknown {
  return { stdout, stderr: "", interrupted: false, isImage: false };
}

/** How Claude Code marks what was refused. */
const REJECTED = "User rejected tool use";

function ended(
  { output, outcome }: Pick<Extract<HistoryEntry, { kind: "tool" }>, "output" | "outcome">,
  good: unknown,
) {
  const isError = outcome !== "ok";
  const bad = outcome === "denied" ? REJECTED : `Error: ${output}`;
  return { result: output, isError, toolUseResult: isError ? bad : good };
}

function changed({ path, change, diff }: EntryEdit): Pick<ClaudeCall, "name" | "input" | "toolUseResult"> {
  if (change === "add") {
    const content = diff === null ? "" : sideOf(diff, "+");
    const toolUseResult = { type: "create", filePath: path, content, structuredPatch: [] };
    return { name: "Write", input: { file_path: path, content }, toolUseResult };
  }
  const whole = diff ?? "";
  const [old_string, new_string] = [sideOf(whole, " -"), sideOf(whole, " +")];
  const structuredPatch = hunksOf(whole).map((hunk) => ({ ...rangeOf(hunk), lines: hunk.lines }));
  const toolUseResult = { filePath: path, oldString: old_string, newString: new_string, structuredPatch };
  return { name: "Edit", input: { file_path: path, old_string, new_string }, toolUseResult };
}
