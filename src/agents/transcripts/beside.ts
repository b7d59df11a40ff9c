import type { Cut } from "../../core/transcript.ts";
import { cutText, joined, OUTPUT_KEPT, pointsIn } from "./cut.ts";
import { withFile, type OpenFile } from "./open.ts";

/** No character takes more bytes in UTF-8. */
const WIDEST = 4;
const CHUNK = 1024 * 1024;

/**
 * The text of a file that an agent keeps beside a conversation, cut like any output; null where there is none to read.
 * Only its beginning and its end are ever held.
 */
export async function textBeside(root: string, file: string): Promise<Cut | null> {
  return withFile(root, file, readCut).catch(() => null);
}

async function readCut({ handle, bytes }: OpenFile): Promise<Cut> {
  const half = (OUTPUT_KEPT / 2) * WIDEST;
  const read = async (from: number, length: number) => {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  if (bytes <= 2 * half) return cutText((await read(0, bytes)).toString("utf8"));
  const start = cutStart((await read(0, half)).toString("utf8"));
  const end = cutEnd((await read(bytes - half, half)).toString("utf8"));
  let points = 0;
  for (let at = 0; at < bytes; at += CHUNK) {
    points += startsIn(await read(at, Math.min(CHUNK, bytes - at)));
  }
  return joined(start, end, Math.max(0, points - pointsIn(start) - pointsIn(end)));
}

function cutStart(text: string): string {
  return text.slice(0, OUTPUT_KEPT / 2);
}

function cutEnd(text: string): string {
  return text.slice(-OUTPUT_KEPT / 2);
}

/** Bytes that begin a character of UTF-8. */
function startsIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}
