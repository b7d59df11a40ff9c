import { z } from "zod";
import type { FileEdit, ToolUse } from "../../../core/transcript.ts";
import { cutInput, cutText } from "../../transcripts/cut.ts";
import { additionOf, diffOf, removalOf } from "../../transcripts/diff.ts";
import type { Call, Outcome } from "../../transcripts/in-order.ts";
import { commandLine } from "./calls.ts";

export const compactedSchema = z.looseObject({ message: z.string().catch("") }).catch({ message: "" });

const words = z.union([z.string(), z.array(z.string())]);
const text = z.string().nullish().catch(null);
const changesSchema = z.record(
  z.string(),
  z.looseObject({ type: z.string().catch("update"), content: text, unified_diff: text, move_path: text }),
);

const commandSchema = z.looseObject({
  command: words,
  aggregated_output: text,
  exit_code: z.int().nullish().catch(null),
  status: text,
});
const changeSchema = z.looseObject({ changes: changesSchema, status: text, success: z.boolean().optional() });
const mcpSchema = z.looseObject({
  server: z.string(),
  tool: z.string(),
  arguments: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  status: text,
});

/** `item_completed` since 0.150 or so, with one schema for each kind of item; before that an event of its own each. */
const doneSchema = z.union([
  z.looseObject({
    type: z.literal("item_completed"),
    item: z.looseObject({ type: z.literal("CommandExecution"), id: z.string() }),
  }),
  z.looseObject({
    type: z.literal("item_completed"),
    item: z.looseObject({ type: z.literal("FileChange"), id: z.string() }),
  }),
  z.looseObject({
    type: z.literal("item_completed"),
    item: z.looseObject({ type: z.literal("McpToolCall"), id: z.string() }),
  }),
  z.looseObject({ type: z.literal("exec_command_end"), call_id: z.string() }),
  z.looseObject({ type: z.literal("patch_apply_end"), call_id: z.string() }),
]);

/** What an event tells of a tool use. `call` is the use itself, for one that stands nowhere else. */
export interface Done {
  readonly id: string;
  readonly outcome: Outcome;
  readonly call: Call | null;
}

/** What an event says of a tool use that has ended; null for every other event. */
export function doneIn(payload: unknown, at: string | null): Done | null {
  const event = doneSchema.safeParse(payload).data;
  if (event === undefined) return null;
  switch (event.type) {
    case "exec_command_end":
      return command(event.call_id, event, at);
    case "patch_apply_end":
      return change(event.call_id, event, at);
    case "item_completed":
      switch (event.item.type) {
        case "CommandExecution":
          return command(event.item.id, event.item, at);
        case "FileChange":
          return change(event.item.id, event.item, at);
        case "McpToolCall":
          return mcpCall(event.item.id, event.item, at);
      }
  }
}

function command(id: string, value: unknown, at: string | null): Done | null {
  const done = commandSchema.safeParse(value).data;
  if (done === undefined) return null;
  const line = commandLine(done.command);
  return {
    id,
    outcome: {
      outcome: outcomeOf(done.status ?? null, done.exit_code ?? null),
      ...(typeof done.aggregated_output === "string" ? { output: cutText(done.aggregated_output) } : {}),
    },
    call: { id, name: "exec_command", command: line, input: { cmd: line }, at },
  };
}

function change(id: string, value: unknown, at: string | null): Done | null {
  const done = changeSchema.safeParse(value).data;
  if (done === undefined) return null;
  const outcome = done.success === false ? "failed" : outcomeOf(done.status ?? null, null);
  // Codex 0.169.0 writes them in another order each time.
  const changes = Object.entries(done.changes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const edits = outcome === "ok" ? changes.map(([path, one]) => editOf(path, one, at)) : [];
  return { id, outcome: { outcome, edits }, call: null };
}

function mcpCall(id: string, value: unknown, at: string | null): Done | null {
  const done = mcpSchema.safeParse(value).data;
  if (done === undefined) return null;
  const { server, tool, status, arguments: input = null, result = null, error = null } = done;
  return {
    id,
    outcome: {
      outcome: outcomeOf(status ?? null, null),
      outputIfNone: cutText(JSON.stringify(error ?? result)),
    },
    call: { id, name: `mcp__${server}.${tool}`, command: null, input: cutInput(input), at },
  };
}

function outcomeOf(status: string | null, code: number | null): ToolUse["outcome"] {
  if (status === "declined") return "denied";
  if (status === "failed" || (code !== null && code !== 0)) return "failed";
  return "ok";
}

type Change = z.infer<typeof changesSchema>[string];

function editOf(
  path: string,
  { type, content, unified_diff, move_path }: Change,
  at: string | null,
): Omit<FileEdit, "kind" | "tool"> {
  switch (type) {
    case "add":
      return { path, change: "add", diff: additionOf(path, content ?? ""), at };
    case "delete":
      return { path, change: "delete", diff: removalOf(path, content ?? ""), at };
    default: {
      const to = move_path ?? path;
      const diff = typeof unified_diff === "string" ? diffOf({ from: path, to }, unified_diff) : null;
      return { path: to, change: "update", diff, at };
    }
  }
}
