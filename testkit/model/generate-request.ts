import { z } from "zod";

import type { Entry, ModelRequest } from "./conversation.ts";

/** A part is text, a call or its result; anything else, such as an image, has none of the three. */
const partSchema = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  functionCall: z
    .looseObject({ id: z.string().default(""), name: z.string(), args: z.unknown().optional() })
    .optional(),
  functionResponse: z
    .looseObject({ id: z.string().default(""), response: z.record(z.string(), z.unknown()).default({}) })
    .optional(),
});
type Part = z.infer<typeof partSchema>;

const contentSchema = z.looseObject({ role: z.string().default("user"), parts: z.array(partSchema) });

const requestSchema = z.looseObject({
  contents: z.array(contentSchema),
  tools: z.array(z.unknown()).default([]),
  generationConfig: z.looseObject({ responseJsonSchema: z.unknown().optional() }).optional(),
});

/** What the address of a request says; the body has neither. */
export interface Address {
  model: string;
  stream: boolean;
}

/** Gemini CLI 0.61.0 opens a conversation with this, in the same message as the user's first words. */
const OWN_PART = /^<session_context>[\s\S]*<\/session_context>\s*$/;

/** Reads the body of `POST /v1beta/models/MODEL:generateContent`. */
export function readGenerateRequest(body: unknown, { model, stream }: Address): ModelRequest {
  const request = requestSchema.parse(body);
  return {
    model,
    // The API has no name for a conversation.
    session: "",
    // Gemini CLI offers tools in every request of a turn and in none of those it makes for itself.
    side: request.tools.length === 0,
    stream,
    schema: request.generationConfig?.responseJsonSchema,
    entries: request.contents.flatMap(entriesOf),
  };
}

/** The results come first: text beside them was added after the tools had run. */
function entriesOf({ role, parts }: z.infer<typeof contentSchema>): Entry[] {
  const text = parts.flatMap(wordsOf).join("\n");
  if (role === "model") {
    const said: Entry[] = text === "" ? [] : [{ role: "assistant", text }];
    return [...said, ...parts.flatMap(callOf)];
  }
  const said: Entry[] = text === "" ? [] : [{ role: "user", text }];
  return [...parts.flatMap(resultOf), ...said];
}

function wordsOf({ text = "", thought = false }: Part): string[] {
  return text === "" || thought || OWN_PART.test(text) ? [] : [text];
}

function callOf({ functionCall }: Part): Entry[] {
  if (functionCall === undefined) return [];
  const { id, name, args } = functionCall;
  return [{ role: "call", id, name, input: JSON.stringify(args ?? {}) }];
}

function resultOf({ functionResponse }: Part): Entry[] {
  if (functionResponse === undefined) return [];
  const { output, error } = functionResponse.response;
  const text = output ?? error ?? functionResponse.response;
  return [
    {
      role: "tool",
      id: functionResponse.id,
      text: typeof text === "string" ? text : JSON.stringify(text),
    },
  ];
}
