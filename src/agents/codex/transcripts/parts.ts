import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { chunksOf, linesIn, linesOf, valueOf, type Line } from "../../transcripts/lines.ts";
import { withFile } from "../../transcripts/open.ts";
import { rolloutsIn, type Rollout } from "./find.ts";
import { lineSchema, metaSchema, type RolloutMeta } from "./records.ts";

/** More files than any thread goes through. */
const MOST_PARTS = 64;

/** A compressed file may grow to this; what comes after it is not read. */
const MOST_UNPACKED = 1024 * 1024 * 1024;

/** A file with a part of a thread's history: its lines before `end`, an ordinal; all of them where that is null. */
export interface Part {
  readonly file: string;
  readonly end: number | null;
}

/** The lines of a rollout, unpacked where Codex has packed it (`.jsonl.zst`). */
export async function* rolloutLines(
  handle: FileHandle,
  { file, from, to }: { readonly file: string; readonly from: number; readonly to: number },
): AsyncGenerator<Line, void, void> {
  if (!file.endsWith(".zst")) {
    yield* linesOf(handle, { from, to });
    return;
  }
  const packed = Readable.from(chunksOf(handle, { from: 0, to }));
  const unpacking = packed.pipe(createZstdDecompress());
  packed.on("error", (error) => unpacking.destroy(error));
  try {
    for await (const line of linesIn(unpacking, 0)) {
      if (line.offset > MOST_UNPACKED) return;
      yield line;
    }
  } catch {
    // A file that was cut ends where it can no longer be unpacked.
  } finally {
    packed.destroy();
    unpacking.destroy();
  }
}

/**
 * The files that hold a thread's history, the oldest first and its own file last. A fork begins with a part of another
 * thread, a thread that was reverted with a part of its own earlier file (Codex 0.169.0).
 */
export async function partsOf(home: string, file: string): Promise<readonly Part[]> {
  const first = await metaOf(home, file);
  if ((first?.meta.history_base ?? null) === null) return [{ file, end: null }];
  const rollouts = await rolloutsIn(home);
  const parts: Part[] = [{ file, end: null }];
  const seen = new Set([file]);
  for (let at = first; at !== null && parts.length < MOST_PARTS;) {
    const base = at.meta.history_base ?? null;
    if (base === null) break;
    const [thread, end] = [base.thread_id.toLowerCase(), base.end_ordinal_exclusive];
    const found = await baseIn(home, { rollouts, thread, end, seen });
    if (found === null) break;
    seen.add(found.file);
    parts.unshift({ file: found.file, end });
    at = found;
  }
  return parts;
}

interface Search {
  readonly rollouts: readonly Rollout[];
  readonly thread: string;
  readonly end: number;
  readonly seen: ReadonlySet<string>;
}

/** The latest file of a thread that was begun before this ordinal, and is not one that goes on from there itself. */
async function baseIn(home: string, { rollouts, thread, end, seen }: Search): Promise<Opening | null> {
  const candidates = rollouts
    .filter((rollout) => rollout.thread === thread && !seen.has(rollout.file))
    .sort((a, b) => (a.revision < b.revision ? 1 : -1));
  for (const { file } of candidates.slice(0, MOST_PARTS)) {
    const opening = await metaOf(home, file);
    if (opening !== null && opening.ordinal < end) return opening;
  }
  return null;
}

interface Opening {
  readonly file: string;
  readonly ordinal: number;
  readonly meta: RolloutMeta;
}

/** What the first line of a rollout says; null for one that cannot be read. */
async function metaOf(home: string, file: string): Promise<Opening | null> {
  return withFile(home, file, async ({ handle, bytes }) => {
    for await (const line of rolloutLines(handle, { file, from: 0, to: bytes })) {
      const read = line.bytes === null ? undefined : lineSchema.safeParse(valueOf(line.bytes)).data;
      const meta = read?.type === "session_meta" ? metaSchema.safeParse(read.payload).data : undefined;
      return meta === undefined ? null : { file, ordinal: read?.ordinal ?? 0, meta };
    }
    return null;
  }).catch(() => null);
}
