import { quoted, type ModelRequest, type Turn } from "./conversation.ts";
import type { Step, Tool } from "./script.ts";

/** Token counts of an answer; `input` includes the `cached` ones. */
export interface Usage {
  input: number;
  cached: number;
  output: number;
}

/** What the model says, before an API gives it a form. */
export interface Content {
  reasoning: string;
  text: string;
  tools: Tool[];
  /** Characters per streamed piece. */
  chunk: number;
  delay_ms: number;
  usage: Usage;
  headers: Readonly<Record<string, string>>;
}

/** What becomes of one model request. */
export type Answer =
  | { kind: "complete"; content: Content; waitFor: string | undefined }
  | { kind: "cut"; content: Content; waitFor: string | undefined }
  | {
      kind: "fail";
      status: number;
      message: string;
      body?: unknown;
      details: readonly unknown[];
      headers: Readonly<Record<string, string>>;
    }
  | { kind: "hang" };

const END = "END";
const CHARACTERS_PER_TOKEN = 4;

/** Turns a step into the answer for this request. `received` is the request's size in characters. */
export function answerFor(step: Step, request: ModelRequest, turn: Turn, received: number): Answer {
  if ("hang" in step) return { kind: "hang" };
  if ("fail" in step) {
    return {
      kind: "fail",
      status: step.fail.status,
      message: step.fail.message ?? `scripted ${step.fail.status}`,
      details: step.fail.details ?? [],
      headers: step.fail.headers ?? {},
      body: step.fail.body,
    };
  }
  const content = contentOf(step, request, turn, received);
  return { kind: "cut" in step ? "cut" : "complete", content, waitFor: step.wait_for };
}

type SayingStep = Exclude<Step, { hang: true } | { fail: unknown }>;

function contentOf(step: SayingStep, request: ModelRequest, turn: Turn, received: number): Content {
  const text = textOf(step, request, turn);
  const tools = toolsOf(step);
  const reasoning = step.reasoning ?? "";
  return {
    reasoning,
    text,
    tools,
    chunk: ("chunk" in step ? step.chunk : undefined) ?? Math.max(1, text.length),
    delay_ms: ("delay_ms" in step ? step.delay_ms : undefined) ?? 0,
    usage: {
      input: tokens(received),
      cached: 0,
      output: tokens(text.length + reasoning.length + JSON.stringify(tools).length),
      ...definedOnly(step.usage),
    },
    headers: step.headers ?? {},
  };
}

function definedOnly(usage: SayingStep["usage"]): Partial<Usage> {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, count]) => count !== undefined));
}

/** `count` characters that no tool can shorten unseen: numbered, and closed by an END marker. */
export function numberedText(count: number): string {
  let text = "";
  for (let line = 1; text.length < count; line += 1) text += `line ${line}\n`;
  return count < END.length ? text.slice(0, count) : text.slice(0, count - END.length) + END;
}

function textOf(step: SayingStep, request: ModelRequest, turn: Turn): string {
  if ("cut" in step) return step.cut;
  if ("say_characters" in step) return numberedText(step.say_characters);
  if ("history" in step) return quoted(request.entries);
  if ("tool_result" in step) return turn.toolResult ?? "no tool result";
  return step.say ?? "";
}

function toolsOf(step: Step): Tool[] {
  if ("parallel" in step) return step.parallel;
  if ("call" in step) return [{ call: step.call }];
  if ("mcp" in step) return [{ mcp: step.mcp }];
  if ("shell" in step) return [{ shell: step.shell }];
  return [];
}

function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
