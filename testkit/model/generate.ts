import type { Content, Usage } from "./answer.ts";
import { callId, type ModelRequest } from "./conversation.ts";
import { pieces, type Dialect, type ReplyEvent } from "./dialect.ts";
import { readGenerateRequest, type Address } from "./generate-request.ts";
import type { Tool } from "./script.ts";

/** The Gemini API as Gemini CLI 0.61.0 uses it; model and manner are part of a request's address. */
export function generate(address: Address): Dialect {
  return {
    api: "generate",
    read: (body) => readGenerateRequest(body, address),
    events,
    whole: (id, request, content) => reply(id, request, [...spoken(content), ...calls(id, content)], content),
    failure: (status, message, details) => ({
      error: { code: status, message, status: STATUS_NAMES[status] ?? "INTERNAL", details },
    }),
  };
}

const ADDRESS = /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/** Reads the path of a request; undefined when it asks for no answer of the model. */
export function generateAddress(pathname: string): Address | undefined {
  const [, model, manner] = ADDRESS.exec(pathname) ?? [];
  return model === undefined ? undefined : { model, stream: manner === "streamGenerateContent" };
}

const STATUS_NAMES: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

type Part = Record<string, unknown>;

function* events(id: string, request: ModelRequest, content: Content): Iterable<ReplyEvent> {
  if (content.reasoning !== "") {
    yield event("content", reply(id, request, [thought(content)]));
  }
  for (const text of pieces(content.text, content.chunk)) {
    yield { ...event("content", reply(id, request, [{ text }])), pause_ms: content.delay_ms };
  }
  // Gemini CLI runs a call as soon as it arrives; a cut must come before it.
  yield event("closing", reply(id, request, calls(id, content), content));
}

function event(part: ReplyEvent["part"], data: Record<string, unknown>): ReplyEvent {
  return { part, data, pause_ms: 0 };
}

/** An answer or a piece of one; the last piece says why it ends and what it took. */
function reply(id: string, request: ModelRequest, parts: Part[], ending?: Content): Record<string, unknown> {
  const content = { role: "model", parts: parts.length === 0 ? [{ text: "" }] : parts };
  const end = ending === undefined ? {} : { finishReason: "STOP" };
  return {
    responseId: id,
    modelVersion: request.model,
    candidates: [{ index: 0, content, ...end }],
    ...(ending === undefined ? {} : { usageMetadata: usageMetadata(ending.usage) }),
  };
}

function spoken(content: Content): Part[] {
  const text = content.text === "" ? [] : [{ text: content.text }];
  return content.reasoning === "" ? text : [thought(content), ...text];
}

function thought({ reasoning }: Content): Part {
  return { text: reasoning, thought: true };
}

function calls(id: string, { tools }: Content): Part[] {
  return tools.map((tool, index) => ({ functionCall: functionCall(tool, callId(id, index)) }));
}

/**
 * A tool call as Gemini CLI 0.61.0 runs it: its shell is `run_shell_command {command}`, the tool of an MCP server is
 * named `mcp_SERVER_TOOL`.
 */
function functionCall(tool: Tool, id: string): Part {
  if ("mcp" in tool) {
    return { id, name: `mcp_${tool.mcp.server}_${tool.mcp.tool}`, args: tool.mcp.arguments };
  }
  if ("shell" in tool) return { id, name: "run_shell_command", args: { command: tool.shell } };
  const { name, input } = tool.call;
  return { id, name, args: typeof input === "string" ? { input } : input };
}

/** `promptTokenCount` includes the cached ones. */
function usageMetadata(usage: Usage): Record<string, number> {
  return {
    promptTokenCount: usage.input,
    cachedContentTokenCount: usage.cached,
    candidatesTokenCount: usage.output,
    totalTokenCount: usage.input + usage.output,
  };
}
