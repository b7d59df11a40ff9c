import type { IncomingHttpHeaders } from "node:http";

import type { Content } from "./answer.ts";
import type { ModelRequest } from "./conversation.ts";

/** One server-sent event of an answer. */
export interface ReplyEvent {
  data: Record<string, unknown>;
  /** A cut answer ends before its first "closing" event; a held one before its first "content" event. */
  part: "opening" | "content" | "closing";
  /** Milliseconds to wait after this event. */
  pause_ms: number;
}

/** `generate` is the Gemini API. */
export type Api = "responses" | "messages" | "generate";

/** How one model API writes requests and answers. */
export interface Dialect {
  api: Api;
  read: (body: unknown, headers: IncomingHttpHeaders) => ModelRequest;
  /** The answer as server-sent events. `id` is new for each answer. */
  events: (id: string, request: ModelRequest, content: Content) => Iterable<ReplyEvent>;
  /** The answer as one JSON body, for a request that wants no stream. */
  whole: (id: string, request: ModelRequest, content: Content) => unknown;
  /** `details`: what the API adds to an error, such as which allowance is used up. */
  failure: (status: number, message: string, details: readonly unknown[]) => unknown;
}

/** The pieces of a text as they are streamed. */
export function pieces(text: string, chunk: number): string[] {
  return Array.from({ length: Math.ceil(text.length / chunk) }, (_, index) =>
    text.slice(index * chunk, (index + 1) * chunk),
  );
}
