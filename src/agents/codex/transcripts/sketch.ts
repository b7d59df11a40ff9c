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
        sketching({ from, end }),
      ),
    );
    if (part !== file.file) sketch = { ...sketch, read: 0 };
  }
  return sketch;
}

/** A file begins with what it is; further such lines were copied from the thread that it was forked from. */
function sketching({ from, end }: { readonly from: number; readonly end: number | null }): Sketching {
  let isBegun = from > 0;
  return {
    matters: (bytes) => hasAny(bytes, MATTERS),
    add: (sketch, value) => {
      const line = lineSchema.safeParse(value).data;
      if (line === undefined || (end !== null && (line.ordinal ?? 0) >= end)) return sketch;
      if (line.type !== "session_meta") return withLine(sketch, line);
      const next = isBegun ? sketch : withMeta(sketch, line);
      isBegun = true;
      return next;
    },
  };
}

const contextSchema = z.looseObject({ model: z.string() });
const rolledBackSchema = z.looseObject({
  type: z.literal("thread_rolled_back"),
  num_turns: z.int().nonnegative(),
});

function withLine(sketch: Sketch, line: RolloutLine): Sketch {
  const { type, payload } = line;
  switch (type) {
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
  const { id = null, cwd, timestamp: begun, git, source } = meta;
  // A thread that was reverted goes on in another file, and was begun in its first.
  const isSame = sketch.created_at !== null && sketch.id === id;
  return {
    ...sketch,
    id,
    cwd: cwd ?? sketch.cwd,
    branch: git?.branch ?? sketch.branch,
    created_at: isSame ? sketch.created_at : (begun ?? timestamp ?? null),
    // A sub-agent's thread has where it comes from as an object there.
    isPersons: typeof source !== "object" || source === null || !("subagent" in source),
  };
}
