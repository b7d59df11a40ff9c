import { callId, type ModelRequest } from "./conversation.ts";
import type { Content } from "./answer.ts";
import { pieces, type Dialect, type ReplyEvent } from "./dialect.ts";
import { readResponsesRequest } from "./responses-request.ts";
import type { Tool } from "./script.ts";

/** The OpenAI Responses API as Codex 0.169.0 uses it. */
export const responses: Dialect = {
  api: "responses",
  read: readResponsesRequest,
  events,
  whole: (id, request, content) => response(id, request, content, outputItems(id, content)),
  failure: (status, message) => ({ error: { message, type: "scripted", code: String(status) } }),
};

type Item = { type: string; id: string } & Record<string, unknown>;

function* events(id: string, request: ModelRequest, content: Content): Iterable<ReplyEvent> {
  const items = outputItems(id, content);
  yield event("opening", "response.created", {
    response: { id, model: request.model, status: "in_progress" },
  });
  for (const [output_index, item] of items.entries()) {
    yield event("content", "response.output_item.added", {
      output_index,
      item: { ...item, ...unfilled(item) },
    });
    yield* deltas(item, output_index, content);
    // Codex keeps a finished item even when the stream breaks afterwards, so a cut must come before it.
    yield event("closing", "response.output_item.done", { output_index, item });
  }
  yield event("closing", "response.completed", { response: response(id, request, content, items) });
}

function* deltas(item: Item, output_index: number, content: Content): Iterable<ReplyEvent> {
  if (item.type === "reasoning") {
    const at = { item_id: item.id, output_index, summary_index: 0 };
    yield event("content", "response.reasoning_summary_part.added", {
      ...at,
      part: { type: "summary_text", text: "" },
    });
    yield event("content", "response.reasoning_summary_text.delta", { ...at, delta: content.reasoning });
  }
  if (item.type === "message") {
    const at = { item_id: item.id, output_index, content_index: 0 };
    for (const delta of pieces(content.text, content.chunk)) {
      yield {
        ...event("content", "response.output_text.delta", { ...at, delta }),
        pause_ms: content.delay_ms,
      };
    }
  }
}

function event(part: ReplyEvent["part"], type: string, fields: Record<string, unknown>): ReplyEvent {
  return { part, data: { type, ...fields }, pause_ms: 0 };
}

function unfilled(item: Item): Record<string, unknown> {
  if (item.type === "message") return { content: [] };
  return item.type === "reasoning" ? { summary: [] } : {};
}

function outputItems(id: string, content: Content): Item[] {
  const items: Item[] = [];
  if (content.reasoning !== "") {
    const summary = [{ type: "summary_text", text: content.reasoning }];
    items.push({ type: "reasoning", id: `rs_${id}`, summary, encrypted_content: "sealed" });
  }
  if (content.text !== "" || content.tools.length === 0) {
    const text = [{ type: "output_text", text: content.text, annotations: [] }];
    items.push({ type: "message", id: `msg_${id}`, role: "assistant", content: text });
  }
  return [...items, ...content.tools.map((tool, index) => callItem(tool, id, index))];
}

/**
 * A tool call as Codex 0.169.0 runs it: its shell is the function `exec_command {cmd}`, its `apply_patch` a custom tool
 * with freeform input; a tool of the MCP server NAME lies in the namespace `mcp__NAME` and needs no tool_search first.
 */
function callItem(tool: Tool, id: string, index: number): Item {
  const call = { id: `fc_${id}_${index}`, call_id: callId(id, index) };
  if ("mcp" in tool) {
    const args = JSON.stringify(tool.mcp.arguments);
    return {
      type: "function_call",
      ...call,
      namespace: `mcp__${tool.mcp.server}`,
      name: tool.mcp.tool,
      arguments: args,
    };
  }
  const { input, ...named } =
    "shell" in tool ? { name: "exec_command", input: { cmd: tool.shell } } : tool.call;
  if (typeof input === "string") return { type: "custom_tool_call", ...call, ...named, input };
  return { type: "function_call", ...call, ...named, arguments: JSON.stringify(input) };
}

function response(id: string, request: ModelRequest, { usage }: Content, output: Item[]): unknown {
  return {
    id,
    object: "response",
    status: "completed",
    model: request.model,
    output,
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
  };
}
