import { withoutNote } from "../../core/history/note.ts";
import type { NativeSession } from "../../core/transcript.ts";
import { titleOf } from "../../core/text.ts";
import { linesOf, valueOf, type Line } from "./lines.ts";
import { NO_SKETCH, type NativeFile, type Sketch } from "./native.ts";
import type { OpenFile } from "./open.ts";

/** How much of what the person has said is kept for searches, in UTF-16 units. */
const WORDS = 16 * 1024;

/** How one agent's lines add to a sketch. */
export interface Sketching {
  /** Whether a line can matter at all, told by its bytes: most are never parsed. */
  readonly matters: (bytes: Buffer) => boolean;
  readonly add: (sketch: Sketch, record: unknown) => Sketch;
}

/** Reads on from where a sketch has stopped. */
export async function sketchLines(
  { handle, bytes }: OpenFile,
  before: Sketch | null,
  sketching: Sketching,
): Promise<Sketch> {
  const from = before?.read ?? 0;
  return sketchFrom({ lines: linesOf(handle, { from, to: bytes }), bytes }, before ?? NO_SKETCH, sketching);
}

/** Adds what lines tell to a sketch; `bytes` is where they end. */
export async function sketchFrom(
  { lines, bytes }: { readonly lines: AsyncIterable<Line>; readonly bytes: number },
  before: Sketch,
  { matters, add }: Sketching,
): Promise<Sketch> {
  let sketch = before;
  let { read } = sketch;
  for await (const line of lines) {
    const end = line.offset + line.length + 1;
    // What no LF ends may still be written to.
    if (end <= bytes) read = end;
    if (line.bytes === null || !matters(line.bytes)) continue;
    const record = valueOf(line.bytes);
    if (end > bytes && record !== undefined) read = bytes;
    if (record !== undefined) sketch = add(sketch, record);
  }
  return { ...sketch, read };
}

/** One more prompt of the person's. */
export function withPrompt(sketch: Sketch, text: string, at: string | null): Sketch {
  const room = WORDS - sketch.words.length;
  return {
    ...sketch,
    turns: sketch.turns + 1,
    first: sketch.first ?? titleOf(withoutNote(text).rest),
    created_at: sketch.created_at ?? at,
    words: room > 0 ? `${sketch.words}\n${text.slice(0, room)}` : sketch.words,
  };
}

/** The conversation as a list has it. */
export function sessionOf(file: NativeFile, sketch: Sketch): NativeSession {
  const named = file.title ?? sketch.name;
  return {
    agent: file.agent,
    native_id: file.native_id ?? sketch.id ?? "",
    file: file.file,
    cwd: sketch.cwd ?? file.cwd,
    branch: sketch.branch,
    title: named === null ? sketch.first : titleOf(named),
    model: sketch.model,
    turns: sketch.turns,
    bytes: file.bytes,
    created_at: sketch.created_at,
    updated_at: new Date(file.mtime_ms).toISOString(),
  };
}

/** Whether a conversation is one to go on with: a person's, with something said in it. */
export function isListed(file: NativeFile, { isPersons, id, turns }: Sketch): boolean {
  return isPersons && turns > 0 && (file.native_id ?? id) !== null;
}

/** Whether a line has one of these texts in it. */
export function hasAny(bytes: Buffer, texts: readonly string[]): boolean {
  return texts.some((text) => bytes.includes(text));
}
