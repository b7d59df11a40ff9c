import path from "node:path";
import type { Cut, Transcript, TranscriptItem } from "../../../core/transcript.ts";
import { textBeside } from "../../transcripts/beside.ts";
import { createSequence } from "../../transcripts/in-order.ts";
import { countLosses, type Losses } from "../../transcripts/left-out.ts";
import { lineAt, valueOf } from "../../transcripts/lines.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { openBelow } from "../../transcripts/open.ts";
import { sessionOf } from "../../transcripts/sketch.ts";
import { createItems } from "./items.ts";
import { recordSchema } from "./records.ts";
import { sketchConversation } from "./sketch.ts";
import { activeBranch } from "./tree.ts";

/**
 * A conversation of Claude Code, as it would go on with it itself. Only places are held in memory, and one record.
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
    const kept = async (told: string) => keptResult(path.dirname(file.file), told);
    const items = createItems({ sequence, losses, kept });
    for (const node of await activeBranch(handle, size, losses)) {
      const record = recordSchema.safeParse(valueOf(await lineAt(handle, node))).data;
      if (record !== undefined) await items.add(record);
      yield* sequence.ready();
    }
    yield* sequence.rest();
  } finally {
    await handle.close();
  }
}

const KEPT = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[\\/]tool-results[\\/]([\w.-]+)$/i;

/** `<session id>/tool-results/<name>` beside the conversation, or beside the one that it was forked from. */
async function keptResult(folder: string, told: string): Promise<Cut | null> {
  const [, id, name] = KEPT.exec(told) ?? [];
  if (id === undefined || name === undefined) return null;
  const results = path.join(folder, id, "tool-results");
  return textBeside(results, path.join(results, name));
}
