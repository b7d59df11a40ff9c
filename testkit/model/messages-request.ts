import type { IncomingHttpHeaders } from "node:http";

import { z } from "zod";

import type { Entry, ModelRequest } from "./conversation.ts";

const blockSchema = z.union([
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.unknown() }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).default(""),
  }),
]);
type Block = z.infer<typeof blockSchema>;

const messageSchema = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.unknown())]),
});

const requestSchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  max_tokens: z.number().optional(),
  messages: z.array(messageSchema),
  tools: z.array(z.unknown()).default([]),
  output_config: z.looseObject({ format: z.looseObject({ schema: z.unknown() }).optional() }).optional(),
});

const toolSchema = z.looseObject({ name: z.string() });

/** What Claude Code adds to its user's words is wrapped in this tag, except a message sent while it was working. */
const REMINDER = /<system-reminder>([\s\S]*?)<\/system-reminder>\s*/g;
const WHILE_WORKING =
  /^\s*The user sent a new message while you were working:\n([\s\S]*?)(?:\n\n(?:IMPORTANT|This is)|$)/;
const INTERRUPTED = /^\[Request interrupted by user[^\]]*\]$/;

/** Reads the body of `POST /v1/messages`. */
export function readMessagesRequest(body: unknown, headers: IncomingHttpHeaders): ModelRequest {
  const request = requestSchema.parse(body);
  return {
    model: request.model,
    session: String(headers["x-claude-code-session-id"] ?? ""),
    // Claude Code offers tools in every request of a turn and in none of those it makes for itself.
    side: request.tools.length === 0,
    stream: request.stream,
    schema: request.output_config?.format?.schema,
    entries: request.messages.flatMap(entriesOf),
    offered: request.tools.flatMap((tool) => toolSchema.safeParse(tool).data?.name ?? []),
  };
}

function entriesOf(message: z.infer<typeof messageSchema>): Entry[] {
  const blocks: Block[] =
    typeof message.content === "string"
      ? [{ type: "text", text: message.content }]
      : message.content.flatMap((block) => blockSchema.safeParse(block).data ?? []);
  if (message.role === "assistant") return blocks.flatMap(assistantEntry);
  if (message.role === "user") return userEntries(blocks);
  return [];
}

function assistantEntry(block: Block): Entry[] {
  if (block.type === "text") return [{ role: "assistant", text: block.text }];
  if (block.type !== "tool_use") return [];
  return [{ role: "call", id: block.id, name: block.name, input: JSON.stringify(block.input) }];
}

/** The results come first: text beside them was added after the tools had run. */
function userEntries(blocks: Block[]): Entry[] {
  const results = blocks.filter((block) => block.type === "tool_result");
  const words = blocks.flatMap((block) => (block.type === "text" ? usersOwn(block.text) : []));
  const tools: Entry[] = results.map((block) => ({
    role: "tool",
    id: block.tool_use_id,
    text: resultText(block),
  }));
  return words.length === 0 ? tools : [...tools, { role: "user", text: words.join("\n") }];
}

function usersOwn(text: string): string[] {
  const injected = [...text.matchAll(REMINDER)].flatMap(
    ([, inner]) => WHILE_WORKING.exec(inner ?? "")?.[1] ?? [],
  );
  const typed = text.replaceAll(REMINDER, "");
  return [...injected, typed].filter((words) => words.trim() !== "" && !INTERRUPTED.test(words.trim()));
}

function resultText({ content }: Extract<Block, { type: "tool_result" }>): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => part.text ?? []).join("\n");
}
