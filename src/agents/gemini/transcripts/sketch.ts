import { lineAt, valueOf } from "../../transcripts/lines.ts";
import { NO_SKETCH, type NativeFile, type Sketch } from "../../transcripts/native.ts";
import { withFile } from "../../transcripts/open.ts";
import { hasAny, sketchLines, withPrompt } from "../../transcripts/sketch.ts";
import { checkSize, isWhole } from "./whole.ts";
import { ID, lineSchema, messageSchema, promptIn, type Message } from "./records.ts";

const MATTERS = ['"user"', '"sessionId"', '"messages"', '"summary"', "$rewindTo"];

/** What a list shows of a conversation. */
export async function sketchConversation(file: NativeFile, before: Sketch | null): Promise<Sketch> {
  return withFile(file.root, file.file, async (open) => {
    if (isWhole(file.file)) {
      checkSize(file.file, open.bytes);
      const value = valueOf(await lineAt(open.handle, { offset: 0, length: open.bytes }));
      return { ...withLine(NO_SKETCH, value), read: open.bytes };
    }
    let hasModel = (before?.model ?? null) !== null;
    return sketchLines(open, before, {
      matters: (bytes) => hasAny(bytes, MATTERS) || (!hasModel && bytes.includes('"model"')),
      add: (known, value) => {
        const next = withLine(known, value);
        hasModel = next.model !== null;
        return next;
      },
    });
  });
}

/** More prompts than any conversation has. */
const MOST_PROMPTS = 10_000;

function withLine(sketch: Sketch, value: unknown): Sketch {
  const line = lineSchema.safeParse(value).data;
  if (line === undefined) return sketch;
  switch (line.kind) {
    case "rewind":
      return rewound(sketch, line.to);
    case "message":
      return withMessage(sketch, line.message);
    case "update": {
      const named = { ...sketch, name: line.summary ?? sketch.name };
      const { messages } = line;
      return messages === undefined
        ? named
        : messages.reduce<Sketch>(withMessage, { ...named, prompts: [], turns: 0 });
    }
    case "header": {
      const { sessionId, kind, startTime, summary } = line.header;
      const headed = {
        ...sketch,
        id: ID.test(sessionId) ? sessionId : null,
        isPersons: (kind ?? "main") === "main",
        created_at: sketch.created_at ?? startTime ?? null,
        name: summary ?? sketch.name,
      };
      return (line.messages ?? []).reduce<Sketch>(withMessage, headed);
    }
  }
}

function withMessage(sketch: Sketch, value: unknown): Sketch {
  const message = messageSchema.safeParse(value).data;
  if (message === undefined) return sketch;
  const { id, model } = message;
  const prompt = promptIn(message);
  const known = { ...sketch, model: sketch.model ?? model ?? null };
  if (prompt === null || sketch.prompts.includes(id) || sketch.prompts.length >= MOST_PROMPTS) return known;
  return { ...withPrompt(known, prompt, atOf(message)), prompts: [...sketch.prompts, id] };
}

function atOf({ timestamp }: Message): string | null {
  return timestamp ?? null;
}

function rewound(sketch: Sketch, to: string): Sketch {
  const at = sketch.prompts.indexOf(to);
  if (at === -1) return sketch;
  return { ...sketch, prompts: sketch.prompts.slice(0, at), turns: at };
}
