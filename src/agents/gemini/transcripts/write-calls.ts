import { randomUUID } from "node:crypto";
import path from "node:path";
import type { EntryEdit, EntryOutcome, HistoryEntry } from "../../../core/history/entry.ts";
import { argumentsOf, callName } from "../../../core/history/fitting.ts";
import { sideOf } from "../../../core/history/hunks.ts";

type CallEntry = Extract<HistoryEntry, { kind: "shell" | "edit" | "plan" | "tool" }>;
type Payload = Readonly<Record<string, unknown>>;

/** The tool call of Gemini CLI 0.61.0 that an entry comes closest to. */
export function geminiCall(entry: CallEntry): Payload {
  switch (entry.kind) {
    case "shell":
      return called("run_shell_command", { command: entry.command }, entry);
    case "tool":
      return called(callName(entry.name), argumentsOf(entry.input), entry);
    case "plan": {
      const todos = entry.steps.map(({ text, status }) => ({ description: text, status }));
      return called("write_todos", { todos }, { output: "The plan was updated.", outcome: "ok" });
    }
    case "edit": {
      const [edit] = entry.edits;
      const output = entry.output === "" ? "The file was changed." : entry.output;
      const { name, args, resultDisplay } =
        edit === undefined ? { name: "replace", args: {}, resultDisplay: null } : changed(edit);
      return { ...called(name, args, { output, outcome: "ok" }), resultDisplay };
    }
  }
}

const STATUS = { ok: "success", failed: "error", denied: "cancelled" } as const;

function called(
  name: string,
  args: Payload,
  { output, outcome }: { readonly output: string; readonly outcome: EntryOutcome },
): Payload {
  const id = `${name}__${randomUUID()}`;
  const response = outcome === "ok" ? { output } : { error: output };
  const result = [{ functionResponse: { id, name, response } }];
  return { id, name, args, result, status: STATUS[outcome], description: name, resultDisplay: output };
}

function changed({ path: file, change, diff }: EntryEdit) {
  const isNewFile = change === "add";
  const whole = diff ?? "";
  const resultDisplay = { fileDiff: whole, filePath: file, fileName: path.basename(file), isNewFile };
  if (isNewFile) {
    return { name: "write_file", args: { file_path: file, content: sideOf(whole, "+") }, resultDisplay };
  }
  const args = { file_path: file, old_string: sideOf(whole, " -"), new_string: sideOf(whole, " +") };
  return { name: "replace", args, resultDisplay };
}
