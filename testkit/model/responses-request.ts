import type { IncomingHttpHeaders } from "node:http";

import { z } from "zod";

import type { Entry, ModelRequest } from "./conversation.ts";

const partSchema = z.looseObject({ text: z.string().optional() });
const textSchema = z.union([z.string(), z.array(partSchema)]);

const itemSchema = z.union([
  // The API lets a message do without its type, and the OpenAI SDK leaves it out.
  z.looseObject({ type: z.literal("message").default("message"), role: z.string(), content: textSchema }),
  z.looseObject({
    type: z.literal("function_call"),
    call_id: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.looseObject({
    type: z.literal("custom_tool_call"),
    call_id: z.string(),
    name: z.string(),
    input: z.string(),
  }),
  z.looseObject({
    type: z.enum(["function_call_output", "custom_tool_call_output"]),
    call_id: z.string(),
    output: textSchema,
  }),
]);

const requestSchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  input: z.union([z.string(), z.array(z.unknown())]),
  text: z.looseObject({ format: z.looseObject({ schema: z.unknown() }).optional() }).optional(),
});

/** Codex tells in a header what a request is for; a request of the user's turn has the kind "turn". */
const turnMetadataSchema = z.looseObject({
  request_kind: z.string().optional(),
  thread_id: z.string().optional(),
});

/** User-role messages that Codex 0.169.0 writes itself, known by how they begin. */
const CODEX_OWN_MESSAGE =
  /^\s*(<(environment_context|user_instructions|turn_aborted|permissions|skill)\b|# AGENTS\.md)/;

/** Reads the body of `POST /v1/responses`. */
export function readResponsesRequest(body: unknown, headers: IncomingHttpHeaders): ModelRequest {
  const request = requestSchema.parse(body);
  const metadata = turnMetadata(headers);
  const items = typeof request.input === "string" ? [userMessage(request.input)] : request.input;
  return {
    model: request.model,
    session: metadata.thread_id ?? String(headers["thread-id"] ?? ""),
    side: metadata.request_kind !== undefined && metadata.request_kind !== "turn",
    stream: request.stream,
    schema: request.text?.format?.schema,
    entries: items.flatMap(entriesOf),
  };
}

function turnMetadata(headers: IncomingHttpHeaders): z.infer<typeof turnMetadataSchema> {
  const header = headers["x-codex-turn-metadata"];
  return typeof header === "string" ? turnMetadataSchema.parse(JSON.parse(header)) : {};
}

function userMessage(text: string): z.infer<typeof itemSchema> {
  return { type: "message", role: "user", content: text };
}

function entriesOf(raw: unknown): Entry[] {
  // Items that say nothing to the conversation (reasoning, searches, later inventions) are passed over.
  const item = itemSchema.safeParse(raw).data;
  if (item === undefined) return [];
  switch (item.type) {
    case "message":
      return messageEntries(item.role, textOf(item.content));
    case "function_call": {
      const name = item.namespace === undefined ? item.name : `${item.namespace}.${item.name}`;
      return [{ role: "call", id: item.call_id, name, input: item.arguments }];
    }
    case "custom_tool_call":
      return [{ role: "call", id: item.call_id, name: item.name, input: item.input }];
    case "function_call_output":
    case "custom_tool_call_output":
      return [{ role: "tool", id: item.call_id, text: textOf(item.output) }];
  }
}

function messageEntries(role: string, text: string): Entry[] {
  if (role === "assistant") return [{ role: "assistant", text }];
  if (role === "user" && !CODEX_OWN_MESSAGE.test(text)) return [{ role: "user", text }];
  return [];
}

function textOf(content: z.infer<typeof textSchema>): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => part.text ?? []).join("\n");
}
