import type { FileHandle } from "node:fs/promises";
import type { Transcript, TranscriptItem } from "../../../core/transcript.ts";
import { createSequence } from "../../transcripts/in-order.ts";
import { countLosses, type Losses } from "../../transcripts/left-out.ts";
import { lineAt, valueOf } from "../../transcripts/lines.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { openBelow } from "../../transcripts/open.ts";
import { sessionOf } from "../../transcripts/sketch.ts";
import { createItems } from "./items.ts";
import { lineSchema, messageSchema, type GeminiLine, type Message } from "./records.ts";
import { sketchConversation } from "./sketch.ts";
import { standingMessages, type Place, type Standing } from "./state.ts";
import { checkSize, isWhole } from "./whole.ts";

/**
 * A conversation of Gemini CLI, as it would go on with it itself. Only places are held in memory, and one line.
 * @throws BatonError `session_not_found`, `invalid_argument`
 */
export async function readConversation(file: NativeFile): Promise<Transcript> {
  const session = sessionOf(file, await sketchConversation(file, null));
  const losses = countLosses();
  return { session, items: () => itemsOf(file, losses), leftOut: () => losses.list() };
}

async function* itemsOf(file: NativeFile, losses: Losses): AsyncGenerator<TranscriptItem, void, void> {
  losses.reset();
  const handle = await openBelow(file.root, file.file);
  try {
    const { size } = await handle.stat();
    const sequence = createSequence();
    const items = createItems({ sequence, losses });
    for await (const message of messagesOf(handle, { file: file.file, size, losses })) {
      items.add(message);
      yield* sequence.ready();
    }
    yield* sequence.rest();
  } finally {
    await handle.close();
  }
}

interface Reading {
  readonly file: string;
  readonly size: number;
  readonly losses: Losses;
}

async function* messagesOf(
  handle: FileHandle,
  { file, size, losses }: Reading,
): AsyncGenerator<Message, void, void> {
  const read = lineReader(handle);
  if (isWhole(file)) {
    checkSize(file, size);
    const line = await read({ offset: 0, length: size, index: -1 });
    if (line?.kind !== "header") return losses.add("unreadable");
    for (const value of line.messages ?? []) {
      const message = messageSchema.safeParse(value).data;
      if (message === undefined) losses.add("unreadable");
      else yield message;
    }
    return;
  }
  for (const standing of await standingMessages(handle, size, losses)) {
    const message = await messageAt(standing, read);
    if (message !== null) yield message;
  }
}

type ReadLine = (place: Place) => Promise<GeminiLine | null>;

/** The last line is kept: the messages of a list stand in one. */
function lineReader(handle: FileHandle): ReadLine {
  let last: { readonly offset: number; readonly line: GeminiLine | null } | null = null;
  return async (place) => {
    if (last?.offset !== place.offset) {
      const line = lineSchema.safeParse(valueOf(await lineAt(handle, place))).data ?? null;
      last = { offset: place.offset, line };
    }
    return last.line;
  };
}

async function messageAt({ at, rich }: Standing, read: ReadLine): Promise<Message | null> {
  const message = await messageIn(at, read);
  if (message === null || rich === null || (message.toolCalls ?? []).length > 0) return message;
  const before = await messageIn(rich, read);
  return { ...message, toolCalls: before?.toolCalls ?? null };
}

async function messageIn(place: Place, read: ReadLine): Promise<Message | null> {
  const line = await read(place);
  if (line === null || line.kind === "rewind") return null;
  if (line.kind === "message") return line.message;
  return messageSchema.safeParse(line.messages?.[place.index]).data ?? null;
}
