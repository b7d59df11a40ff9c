import type { Transcript, TranscriptItem } from "../../../core/transcript.ts";
import { createSequence } from "../../transcripts/in-order.ts";
import { countLosses, type Losses } from "../../transcripts/left-out.ts";
import { isBlank, valueOf } from "../../transcripts/lines.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { openBelow } from "../../transcripts/open.ts";
import { sessionOf } from "../../transcripts/sketch.ts";
import { createItems } from "./items.ts";
import { partsOf, rolloutLines, type Part } from "./parts.ts";
import { itemSchema, lineSchema, promptIn, type RolloutLine } from "./records.ts";
import { takenBack } from "./rollback.ts";
import { sketchConversation } from "./sketch.ts";

/**
 * A thread of Codex, as it would go on with it itself: without the turns that were taken back, with those before a fork.
 * @throws BatonError `session_not_found`, `invalid_argument`
 */
export async function readConversation(file: NativeFile): Promise<Transcript> {
  const session = sessionOf(file, await sketchConversation(file, null));
  const losses = countLosses();
  return { session, items: () => itemsOf(file, losses), leftOut: () => losses.list() };
}

async function* itemsOf(file: NativeFile, losses: Losses): AsyncGenerator<TranscriptItem, void, void> {
  losses.reset();
  const sequence = createSequence();
  const items = createItems({ sequence, losses });
  for (const part of await partsOf(file.root, file.file)) {
    for await (const line of linesOfPart(file.root, part, losses)) {
      items.add(line);
      yield* sequence.ready();
    }
  }
  yield* sequence.rest();
}

async function* linesOfPart(
  root: string,
  { file, end }: Part,
  losses: Losses,
): AsyncGenerator<RolloutLine, void, void> {
  const handle = await openBelow(root, file);
  try {
    const { size } = await handle.stat();
    const lines = () => rolloutLines(handle, { file, from: 0, to: size });
    const isTakenBack = await takenBack(lines());
    for await (const { offset, bytes } of lines()) {
      if (bytes !== null && isBlank(bytes)) continue;
      const line = bytes === null ? undefined : lineSchema.safeParse(valueOf(bytes)).data;
      const isLeft = line !== undefined && !isTakenBack(offset) && (line.ordinal ?? 0) < (end ?? Infinity);
      if (isLeft) yield line;
      else losses.add(line === undefined ? "unreadable" : "abandoned_branch", isCounted(line) ? 1 : 0);
    }
  } finally {
    await handle.close();
  }
}

/** What somebody has said, and what cannot be read. */
function isCounted(line: RolloutLine | undefined): boolean {
  return line === undefined || isSaid(line);
}

function isSaid({ type, payload }: RolloutLine): boolean {
  const item = type === "response_item" ? itemSchema.safeParse(payload).data : undefined;
  return item !== undefined && (item.role === "assistant" || promptIn(item) !== null);
}
