import { z } from "zod";
import type { FileEdit, PlanStep, ToolUse } from "../../../core/transcript.ts";
import { cutInput, cutText, WORDS_KEPT } from "../../transcripts/cut.ts";
import type { Sequence } from "../../transcripts/in-order.ts";
import type { Losses } from "../../transcripts/left-out.ts";
import { promptIn, saidIn, snapshotIn, type Message, type Part, type ToolCall } from "./records.ts";

export interface ItemsContext {
  readonly sequence: Sequence;
  readonly losses: Losses;
}

/** Turns the messages of a conversation, in its order, into items. */
export function createItems({ sequence, losses }: ItemsContext) {
  const call = (
    id: string,
    name: string,
    { args, at }: { readonly args: unknown; readonly at: string | null },
  ) => {
    const plan = name === "write_todos" ? stepsIn(args) : null;
    sequence.call({
      id,
      name,
      command: name === "run_shell_command" ? (commandSchema.safeParse(args).data?.command ?? null) : null,
      input: cutInput(args),
      at,
      ...(plan === null ? {} : { plan }),
    });
  };

  const answered = (id: string, result: readonly Part[], more: Partial<ToolCall>) => {
    const text = outputIn(result);
    const outcome = outcomeOf(result, more.status ?? null, text);
    const edits = outcome === "ok" ? editsIn(more.resultDisplay, more.timestamp ?? null) : [];
    sequence.learn(id, { output: cutText(text), outcome, edits });
    sequence.answered(id);
  };

  const user = (message: Message) => {
    const { content, timestamp } = message;
    const at = timestamp ?? null;
    const answers = content.filter(({ functionResponse }) => isThere(functionResponse));
    for (const answer of answers) {
      const id = answer.functionResponse?.id ?? "";
      if (sequence.isOpen(id)) answered(id, [answer], {});
    }
    losses.add("image", content.filter(({ inlineData }) => inlineData !== undefined).length);
    const snapshot = snapshotIn(message);
    const prompt = promptIn(message);
    if (snapshot !== null) sequence.add({ kind: "condensed", text: cutText(snapshot, WORDS_KEPT), at });
    else if (prompt !== null) sequence.add({ kind: "user", text: cutText(prompt, WORDS_KEPT), at });
    else if (answers.length === 0) losses.add("system");
  };

  const model = ({ content, toolCalls, thoughts, timestamp }: Message) => {
    const at = timestamp ?? null;
    const thought = content.filter((part) => part.thought === true).length;
    losses.add("reasoning", Math.max(thought, (thoughts ?? []).length));
    const text = saidIn(content);
    if (text.trim() !== "") sequence.add({ kind: "assistant", text: cutText(text, WORDS_KEPT), at });
    const tools = toolCalls ?? [];
    for (const tool of tools) {
      call(tool.id, tool.name, { args: tool.args, at: tool.timestamp ?? at });
      answered(tool.id, tool.result, tool);
    }
    for (const { id, name, args } of callsIn(content)) {
      if (!tools.some((tool) => tool.id === id)) call(id, name, { args, at });
    }
  };

  return {
    add(message: Message): void {
      switch (message.type) {
        case "user":
          return user(message);
        case "gemini":
          return model(message);
        case "info":
        case "error":
        case "warning":
          return losses.add("system");
        default:
          return losses.add("unknown");
      }
    },
  };
}

interface FunctionCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

function callsIn(content: readonly Part[]): readonly FunctionCall[] {
  return content.flatMap(({ functionCall }) => {
    const { id, name, args } = functionCall ?? {};
    return typeof id === "string" && typeof name === "string" ? [{ id, name, args }] : [];
  });
}

function isThere(value: unknown): boolean {
  return value !== null && value !== undefined;
}

const commandSchema = z.looseObject({ command: z.string() });
const statusSchema = z.enum(["pending", "in_progress", "completed", "cancelled"]).catch("pending");
const todosSchema = z.looseObject({
  todos: z.array(z.looseObject({ description: z.string(), status: statusSchema })),
});

function stepsIn(args: unknown): readonly PlanStep[] | null {
  const todos = todosSchema.safeParse(args).data?.todos;
  return (
    todos?.flatMap(({ description, status }) =>
      status === "cancelled" ? [] : [{ text: description, status }],
    ) ?? null
  );
}

const responseSchema = z.looseObject({ output: z.string().optional(), error: z.string().optional() });
const WRAPPED = /^<untrusted_context>\n([\s\S]*?)\n?<\/untrusted_context>$/;

function outputIn(result: readonly Part[]): string {
  const texts = result.flatMap(({ text, functionResponse }) => {
    if (!isThere(functionResponse)) return text ?? [];
    const { output, error } = responseSchema.safeParse(functionResponse?.response).data ?? {};
    return output ?? error ?? JSON.stringify(functionResponse?.response) ?? [];
  });
  const text = texts.join("\n");
  return WRAPPED.exec(text)?.[1] ?? text;
}

/** A command that has failed is a success to Gemini CLI 0.61.0: its code stands in the output. */
function outcomeOf(result: readonly Part[], status: string | null, text: string): ToolUse["outcome"] {
  if (status === "cancelled") return "denied";
  const failed = result.some(
    ({ functionResponse }) => responseSchema.safeParse(functionResponse?.response).data?.error !== undefined,
  );
  const code = /^Exit Code: (-?\d+)$/m.exec(text)?.[1] ?? "0";
  return status === "error" || failed || code !== "0" ? "failed" : "ok";
}

const displaySchema = z.looseObject({
  fileDiff: z.string(),
  filePath: z.string(),
  isNewFile: z.boolean().optional().catch(undefined),
});

function editsIn(display: unknown, at: string | null): readonly Omit<FileEdit, "kind" | "tool">[] {
  const shown = displaySchema.safeParse(display).data;
  if (shown === undefined) return [];
  const { fileDiff, filePath, isNewFile } = shown;
  return [{ path: filePath, change: isNewFile === true ? "add" : "update", diff: cutText(fileDiff), at }];
}
