import type { FileHandle } from "node:fs/promises";

/** The longest line that is kept, in bytes. Claude Code and Gemini CLI write pictures into a line; more than this is not read. */
export const MAX_LINE = 24 * 1024 * 1024;

const CHUNK = 256 * 1024;
const LF = 0x0a;
const BOM = "\u{feff}";

/** A line of a file, by its place. */
export interface Line {
  readonly offset: number;
  /** In bytes, without the end of the line. */
  readonly length: number;
  /** Null for a line that is too long to be kept. */
  readonly bytes: Buffer | null;
}

/** A part of a file, in bytes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The lines of a file in order, the last one also when no LF ends it. */
export function linesOf(handle: FileHandle, { from, to }: Span): AsyncGenerator<Line, void, void> {
  return linesIn(chunksOf(handle, { from, to }), from);
}

/** The bytes of a part of a file, some at a time. */
export async function* chunksOf(handle: FileHandle, { from, to }: Span): AsyncGenerator<Buffer, void, void> {
  for (let at = from; at < to;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - at));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** The lines of a stream that begins at an offset. Never holds more than one line and one chunk. */
export async function* linesIn(
  chunks: AsyncIterable<Buffer>,
  offset: number,
): AsyncGenerator<Line, void, void> {
  let parts: Buffer[] = [];
  let start = offset;
  let length = 0;
  const push = (bytes: Buffer) => {
    length += bytes.length;
    if (length > MAX_LINE) parts = [];
    else parts.push(bytes);
  };
  const line = (): Line => {
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const ended: Line = { offset: start, length, bytes: length > MAX_LINE ? null : bytes };
    start += length + 1;
    parts = [];
    length = 0;
    return ended;
  };
  for await (const chunk of chunks) {
    let taken = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, taken)) {
      push(chunk.subarray(taken, end));
      yield line();
      taken = end + 1;
    }
    push(chunk.subarray(taken));
  }
  if (length > 0) yield line();
}

/** The bytes of a line that was seen before. */
export async function lineAt(
  handle: FileHandle,
  { offset, length }: Pick<Line, "offset" | "length">,
): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}

/** What a line says; undefined for one that is empty, cut or no JSON. Bytes that are no UTF-8 become U+FFFD. */
export function valueOf(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text.startsWith(BOM) ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** Whether a line holds nothing but white space. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
