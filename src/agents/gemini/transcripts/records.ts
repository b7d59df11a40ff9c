import { z } from "zod";
import { isNote } from "../../../core/history/note.ts";

const text = z.string().nullish().catch(null);

const responseSchema = z.looseObject({ id: text, response: z.unknown().optional() });

const partSchema = z.looseObject({
  text,
  thought: z.boolean().nullish().catch(null),
  functionCall: z.looseObject({ id: text, name: text, args: z.unknown().optional() }).nullish().catch(null),
  functionResponse: responseSchema.nullish().catch(null),
  inlineData: z.unknown().optional(),
});
export type Part = z.infer<typeof partSchema>;

const contentSchema = z
  .union([
    z.string().transform((said) => [partSchema.parse({ text: said })]),
    z.array(z.union([z.string().transform((said) => partSchema.parse({ text: said })), partSchema])),
    partSchema.transform((part) => [part]),
  ])
  .catch([]);

const toolCallSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  args: z.unknown().optional(),
  result: contentSchema,
  status: text,
  timestamp: text,
  resultDisplay: z.unknown().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const messageSchema = z.looseObject({
  id: z.string(),
  type: z.string().catch(""),
  timestamp: text,
  content: contentSchema,
  thoughts: z.array(z.unknown()).nullish().catch(null),
  toolCalls: z.array(toolCallSchema).nullish().catch(null),
  model: text,
});
export type Message = z.infer<typeof messageSchema>;

const messagesSchema = z.array(z.unknown()).optional().catch(undefined);

const rewindSchema = z.looseObject({ $rewindTo: z.string() });
const updateSchema = z.looseObject({ $set: z.looseObject({ messages: messagesSchema, summary: text }) });
const headerSchema = z.looseObject({
  sessionId: z.string(),
  kind: text,
  startTime: text,
  summary: text,
  messages: messagesSchema,
});
export type Header = z.infer<typeof headerSchema>;

/** What a line of a conversation of Gemini CLI 0.61.0 does to it. */
export const lineSchema = z.union([
  rewindSchema.transform(({ $rewindTo }) => ({ kind: "rewind" as const, to: $rewindTo })),
  messageSchema.transform((message) => ({ kind: "message" as const, message })),
  updateSchema.transform(({ $set }) => ({
    kind: "update" as const,
    messages: $set.messages,
    summary: $set.summary ?? null,
  })),
  headerSchema.transform((header) => ({ kind: "header" as const, header, messages: header.messages })),
]);
export type GeminiLine = z.infer<typeof lineSchema>;

/** Only what an id of Gemini CLI can be (0.61.0 refuses others); what is written in a file may be anything. */
export const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** What Gemini CLI says in the user's place. */
const NOT_SAID = /^\s*<(session_context|hook_context)>/;
const CONDENSED = /^\s*<state_snapshot>/;

/** What stands in the place of everything before, after the conversation was compressed; null for any other message. */
export function snapshotIn({ type, content }: Message): string | null {
  const said = saidIn(content);
  return type === "user" && (CONDENSED.test(said) || isNote(said)) ? said : null;
}

/** What a person has said; null where it is Gemini CLI or a tool. */
export function promptIn(message: Message): string | null {
  const said = saidIn(message.content);
  const isPersons =
    message.type === "user" && said.trim() !== "" && !NOT_SAID.test(said) && snapshotIn(message) === null;
  return isPersons ? said : null;
}

export function saidIn(content: readonly Part[]): string {
  return content.flatMap(({ text, thought }) => (thought === true ? [] : (text ?? []))).join("");
}
