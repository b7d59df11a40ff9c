import { pathToFileURL } from "node:url";
import type { EntryEdit, HistoryEntry } from "../../../core/history/entry.ts";
import { argumentsOf, callName } from "../../../core/history/fitting.ts";
import { hunksOf, hunkText, sideOf } from "../../../core/history/hunks.ts";

type CallEntry = Extract<HistoryEntry, { kind: "shell" | "edit" | "plan" | "tool" }>;
type Payload = Readonly<Record<string, unknown>>;

/** A tool call as Codex 0.169.0 keeps it: for the model, and for the person. */
export interface CodexCall {
  readonly call: Payload;
  readonly answer: Payload;
  /** What a person is shown of it; its words are the output where it stands before the answer. */
  readonly shown: Payload | null;
  readonly shownAfter: Payload | null;
}

/** The call of Codex that an entry comes closest to. */
export function codexCall(
  entry: CallEntry,
  { id, cwd }: { readonly id: string; readonly cwd: string },
): CodexCall {
  switch (entry.kind) {
    case "shell":
      return {
        ...functionCall(id, "exec_command", { cmd: entry.command }, shellOutput(entry)),
        shown: commandItem(entry, id, cwd),
        shownAfter: null,
      };
    case "plan": {
      const plan = entry.steps.map(({ text, status }) => ({ step: text, status }));
      return { ...functionCall(id, "update_plan", { plan }, "Plan updated"), shown: null, shownAfter: null };
    }
    case "edit":
      return patchCall(entry, id);
    case "tool": {
      const { name, input, output, outcome } = entry;
      const isOk = outcome === "ok";
      const shownAfter = {
        type: "McpToolCall",
        id,
        server: "history",
        tool: callName(name),
        arguments: argumentsOf(input),
        status: isOk ? "completed" : "failed",
        result: isOk ? { content: [{ type: "text", text: output }] } : null,
        error: isOk ? null : { message: output },
      };
      return { ...functionCall(id, callName(name), argumentsOf(input), output), shown: null, shownAfter };
    }
  }
}

function functionCall(call_id: string, name: string, input: Payload, output: string) {
  return {
    call: { type: "function_call", name, arguments: JSON.stringify(input), call_id },
    answer: { type: "function_call_output", call_id, output },
  };
}

type Shell = Extract<HistoryEntry, { kind: "shell" }>;

function shellOutput({ output, outcome }: Shell): string {
  switch (outcome) {
    case "ok":
      return output;
    case "failed":
      return `The command failed.\nOutput:\n${output}`;
    case "denied":
      return `exec command rejected by user: ${output}`;
  }
}

const STATUS = { ok: "completed", failed: "failed", denied: "declined" } as const;

function commandItem({ command, output, outcome }: Shell, id: string, cwd: string): Payload {
  return {
    type: "CommandExecution",
    id,
    command: ["/bin/bash", "-lc", command],
    cwd: pathToFileURL(cwd).href,
    parsed_cmd: [{ type: "unknown", cmd: command }],
    source: "agent",
    status: STATUS[outcome],
    aggregated_output: output,
    exit_code: outcome === "ok" ? 0 : null,
  };
}

function patchCall({ edits, output }: Extract<HistoryEntry, { kind: "edit" }>, id: string): CodexCall {
  const input = ["*** Begin Patch\n", ...edits.map(patchOf), "*** End Patch\n"].join("");
  const stdout = output === "" ? "Success." : output;
  const shown = {
    type: "FileChange",
    id,
    changes: Object.fromEntries(edits.map((edit) => [edit.path, changeOf(edit)])),
    status: "completed",
    stdout,
    stderr: "",
  };
  return {
    call: { type: "custom_tool_call", status: "completed", call_id: id, name: "apply_patch", input },
    answer: { type: "custom_tool_call_output", call_id: id, output: stdout },
    shown,
    shownAfter: null,
  };
}

const HEADERS = { add: "Add", update: "Update", delete: "Delete" } as const;

/** The change in the language of `apply_patch`: it finds the place by its lines, not by numbers. */
function patchOf({ path, change, diff }: EntryEdit): string {
  const header = `*** ${HEADERS[change]} File: ${path}\n`;
  if (diff === null || change === "delete") return header;
  if (change === "add")
    return (
      header +
      hunksOf(diff)
        .flatMap(({ lines }) => lines.map((line) => `${line}\n`))
        .join("")
    );
  return (
    header +
    hunksOf(diff)
      .map(({ lines }) => ["@@", ...lines].map((line) => `${line}\n`).join(""))
      .join("")
  );
}

function changeOf({ change, diff }: EntryEdit): Payload {
  switch (change) {
    case "add":
      return { type: "add", content: diff === null ? "" : sideOf(diff, "+") };
    case "delete":
      return { type: "delete", content: diff === null ? "" : sideOf(diff, "-") };
    case "update":
      return { type: "update", unified_diff: diff === null ? "" : hunkText(diff), move_path: null };
  }
}
