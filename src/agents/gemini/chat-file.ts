import { z } from "zod";

/** A message as a file of Gemini CLI 0.61.0 has it; what is no conversation's (`info`, `error`) is none here. */
export interface ChatMessage {
  readonly type: string;
  readonly text: string;
}

export interface ChatFile {
  /** Null for a file that is none of a conversation. */
  readonly sessionId: string | null;
  readonly messages: readonly ChatMessage[];
}

const contentSchema = z
  .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
  .catch("")
  .transform((content) =>
    typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n"),
  );
const messageSchema = z.looseObject({ type: z.string(), content: contentSchema });
const recordSchema = z.looseObject({
  type: z.string().optional(),
  messages: z.array(messageSchema).optional(),
  $set: z.looseObject({ messages: z.array(messageSchema).optional() }).optional(),
});
const headSchema = z.looseObject({ sessionId: z.string() });

/**
 * Reads a file of a conversation: one JSON to a line, its first the head; of earlier versions one JSON altogether. Lines that were
 * cut short by a crash are passed over, as Gemini CLI does.
 */
export function readChatFile(text: string): ChatFile {
  const records = text.startsWith("{\n") ? [parsed(text)] : text.split("\n").map(parsed);
  const messages = records.flatMap((record) => {
    const { messages: whole = [], $set } = recordSchema.safeParse(record).data ?? {};
    const own = messageSchema.safeParse(record).data;
    return [...(own === undefined ? [] : [own]), ...whole, ...($set?.messages ?? [])];
  });
  return {
    sessionId: headSchema.safeParse(records[0]).data?.sessionId ?? null,
    messages: messages
      .map(({ type, content }) => ({ type, text: content }))
      .filter((message) => message.type === "gemini" || message.type === "user"),
  };
}

/** Whether nobody has said anything yet: Gemini CLI begins each conversation with what it knows of the directory. */
export function isBlank({ messages }: ChatFile): boolean {
  return messages.every(({ type, text }) => type === "user" && text.startsWith("<session_context>"));
}

/** Whether an answer stands in it; without one Gemini CLI does not take it up again. */
export function hasAnswer({ messages }: ChatFile): boolean {
  return messages.some(({ type }) => type === "gemini");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
