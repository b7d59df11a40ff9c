import { callId, type ModelRequest } from "./conversation.ts";
import type { Content } from "./answer.ts";
import { pieces, type Dialect, type ReplyEvent } from "./dialect.ts";
import { readMessagesRequest } from "./messages-request.ts";
import type { Tool } from "./script.ts";

/** The Anthropic Messages API as Claude Code 2.1.330 and opencode 1.18.33 use it. */
export const messages: Dialect = {
  api: "messages",
  read: readMessagesRequest,
  events,
  whole: (id, request, content) => ({
    ...message(id, request),
    content: contentBlocks(id, request, content),
    stop_reason: stopReason(content),
    usage: { ...inputUsage(content), output_tokens: content.usage.output },
  }),
  failure: (status, message) => ({
    type: "error",
    error: { type: ERROR_TYPES[status] ?? "api_error", message },
  }),
};

const ERROR_TYPES: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

type Block = { type: string } & Record<string, unknown>;

function* events(id: string, request: ModelRequest, content: Content): Iterable<ReplyEvent> {
  const usage = { ...inputUsage(content), output_tokens: 1 };
  yield event("opening", "message_start", { message: { ...message(id, request), usage } });
  for (const [index, block] of contentBlocks(id, request, content).entries()) {
    yield event("content", "content_block_start", { index, content_block: unfilled(block) });
    for (const delta of deltas(block, content)) {
      const pause_ms = delta.type === "text_delta" ? content.delay_ms : 0;
      yield { ...event("content", "content_block_delta", { index, delta }), pause_ms };
    }
    yield event("closing", "content_block_stop", { index });
  }
  const delta = { stop_reason: stopReason(content), stop_sequence: null };
  yield event("closing", "message_delta", { delta, usage: { output_tokens: content.usage.output } });
  yield event("closing", "message_stop", {});
}

function event(part: ReplyEvent["part"], type: string, fields: Record<string, unknown>): ReplyEvent {
  return { part, data: { type, ...fields }, pause_ms: 0 };
}

function deltas(block: Block, content: Content): Block[] {
  if (block.type === "thinking") {
    return [
      { type: "thinking_delta", thinking: block["thinking"] },
      { type: "signature_delta", signature: block["signature"] },
    ];
  }
  if (block.type === "tool_use")
    return [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }];
  return pieces(content.text, content.chunk).map((text) => ({ type: "text_delta", text }));
}

function unfilled(block: Block): Block {
  if (block.type === "thinking") return { ...block, thinking: "", signature: "" };
  return block.type === "tool_use" ? { ...block, input: {} } : { ...block, text: "" };
}

function contentBlocks(id: string, request: ModelRequest, content: Content): Block[] {
  const toolUse = toolUseOf(request);
  const blocks: Block[] = [];
  if (content.reasoning !== "")
    blocks.push({ type: "thinking", thinking: content.reasoning, signature: "sealed" });
  if (content.text !== "" || content.tools.length === 0) blocks.push({ type: "text", text: content.text });
  return [...blocks, ...content.tools.map((tool, index) => toolUse(tool, callId(id, index)))];
}

/** How the agents that speak this API call a tool. */
interface Names {
  readonly shell: (command: string) => { readonly name: string; readonly input: unknown };
  readonly mcp: (server: string, tool: string) => string;
}

/**
 * Claude Code 2.1.330: its shell is `Bash {command}`; the tool of an MCP server is named `mcp__SERVER__TOOL` and runs
 * without a ToolSearch first, although its schema is deferred.
 */
const CLAUDE: Names = {
  shell: (command) => ({ name: "Bash", input: { command } }),
  mcp: (server, tool) => `mcp__${server}__${tool}`,
};
/** opencode 1.18.33: its tools are in lower case. */
const OPENCODE: Names = {
  shell: (command) => ({ name: "bash", input: { command, description: "a step" } }),
  mcp: (server, tool) => `${server}_${tool}`,
};

function toolUseOf({ offered = [] }: ModelRequest): (tool: Tool, id: string) => Block {
  const isOpencode = offered.includes("glob") && offered.includes("todowrite");
  const names = isOpencode ? OPENCODE : CLAUDE;
  return (tool, id) => {
    if ("mcp" in tool) {
      const { server, tool: name, arguments: input } = tool.mcp;
      return { type: "tool_use", id, name: names.mcp(server, name), input };
    }
    const call = "shell" in tool ? names.shell(tool.shell) : tool.call;
    return { type: "tool_use", id, name: call.name, input: call.input };
  };
}

function message(id: string, request: ModelRequest): Record<string, unknown> {
  const unfinished = { content: [], stop_reason: null, stop_sequence: null };
  return { id: `msg_${id}`, type: "message", role: "assistant", model: request.model, ...unfinished };
}

function stopReason(content: Content): string {
  return content.tools.length === 0 ? "end_turn" : "tool_use";
}

/** This API counts cached input apart from the rest. */
function inputUsage({ usage }: Content): Record<string, number> {
  return {
    input_tokens: Math.max(0, usage.input - usage.cached),
    cache_read_input_tokens: usage.cached,
    cache_creation_input_tokens: 0,
  };
}
