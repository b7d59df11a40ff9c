import { z } from "zod";
import { NO_SKETCH, type NativeFile, type Sketch } from "../../transcripts/native.ts";
import { withFile } from "../../transcripts/open.ts";
import { hasAny, sketchFrom, withPrompt, type Sketching } from "../../transcripts/sketch.ts";
import { partsOf, rolloutLines } from "./parts.ts";
import { itemSchema, lineSchema, metaSchema, promptIn, type RolloutLine } from "./records.ts";

const MATTERS = ['"session_meta"', '"turn_context"', '"user"', '"thread_rolled_back"'];

/** What a list shows of a thread, with what it has begun with in other files. */
export async function sketchConversation(file: NativeFile, before: Sketch | null): Promise<Sketch> {
  const isPacked = file.file.endsWith(".zst");
  const parts =
    before === null || isPacked ? await partsOf(file.root, file.file) : [{ file: file.file, end: null }];
  let sketch = isPacked || before === null ? NO_SKETCH : before;
  for (const { file: part, end } of parts) {
    const from = part === file.file ? sketch.read : 0;
    sketch = await withFile(file.root, part, async ({ handle, bytes }) =>
      sketchFrom(
        { lines: rolloutLines(handle, { file: part, from, to: bytes }), bytes },
        { ...sketch, read: from },
        upTo(end),
      ),
    );
    if (part !== file.file) sketch = { ...sketch, read: 0 };
  }
  return sketch;
}

function upTo(end: number | null): Sketching {
  return { matters: (bytes) => hasAny(bytes, MATTERS), add: (sketch, value) => withLine(sketch, value, end) };
}

const contextSchema = z.looseObject({ model: z.string() });
const rolledBackSchema = z.looseObject({
  type: z.literal("thread_rolled_back"),
  num_turns: z.int().nonnegative(),
});

function withLine(sketch: Sketch, value: unknown, end: number | null): Sketch {
  const line = lineSchema.safeParse(value).data;
  if (line === undefined || (end !== null && (line.ordinal ?? 0) >= end)) return sketch;
  const { type, payload } = line;
  switch (type) {
    case "session_meta":
      return withMeta(sketch, line);
    case "turn_context":
      return { ...sketch, model: contextSchema.safeParse(payload).data?.model ?? sketch.model };
    case "event_msg": {
      const back = rolledBackSchema.safeParse(payload).data?.num_turns ?? 0;
      return back === 0 ? sketch : { ...sketch, turns: Math.max(0, sketch.turns - back) };
    }
    case "response_item":
      return withItem(sketch, line);
    default:
      return sketch;
  }
}

function withItem(sketch: Sketch, { payload, timestamp }: RolloutLine): Sketch {
  const item = itemSchema.safeParse(payload).data;
  const prompt = item === undefined ? null : promptIn(item);
  return prompt === null ? sketch : withPrompt(sketch, prompt, timestamp ?? null);
}

function withMeta(sketch: Sketch, { payload, timestamp }: RolloutLine): Sketch {
  const meta = metaSchema.safeParse(payload).data;
  if (meta === undefined) return sketch;
  const { cwd, timestamp: begun, git, source } = meta;
  return {
    ...sketch,
    cwd: cwd ?? sketch.cwd,
    branch: git?.branch ?? sketch.branch,
    created_at: begun ?? timestamp ?? sketch.created_at,
    // A sub-agent's thread has where it comes from as an object there.
    isPersons: typeof source !== "object" || source === null || !("subagent" in source),
  };
}
