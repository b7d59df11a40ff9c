import type { FileHandle } from "node:fs/promises";
import { BatonError } from "../../../contracts/error.ts";
import type { Losses } from "../../transcripts/left-out.ts";
import { isBlank, linesOf, valueOf, type Line } from "../../transcripts/lines.ts";
import { lineSchema, messageSchema, type GeminiLine } from "./records.ts";

/** Where a message stands: a line, and which one of the list in it; -1 for a line that is the message itself. */
export interface Place extends Pick<Line, "offset" | "length"> {
  readonly index: number;
}

/** A message of the conversation as it stands now. */
export interface Standing {
  readonly at: Place;
  /** Where the same message stood with its tools' results, which a list of messages gives in a poorer form. */
  readonly rich: Place | null;
}

/** More messages than the longest conversation has. */
const MOST_MESSAGES = 500_000;

/**
 * The messages that a file leaves standing, in order: a message that comes again takes the place of the earlier one, a list
 * takes the place of all, and a rewind removes a message and what follows it; one that it does not find removes all
 * (Gemini CLI 0.61.0).
 * @throws BatonError `invalid_argument` for more messages than can be held
 */
export async function standingMessages(
  handle: FileHandle,
  bytes: number,
  losses: Losses,
): Promise<readonly Standing[]> {
  let standing = new Map<string, Standing>();
  const rich = new Map<string, Place>();
  const put = (value: unknown, at: Place) => {
    const message = messageSchema.safeParse(value).data;
    if (message === undefined) return losses.add("unreadable");
    if ((message.toolCalls ?? []).length > 0) rich.set(message.id, at);
    standing.set(message.id, { at, rich: rich.get(message.id) ?? null });
    if (standing.size + rich.size > MOST_MESSAGES) throw tooMany();
  };
  const apply = (line: GeminiLine, { offset, length }: Line) => {
    const putAll = (messages: readonly unknown[]) =>
      messages.forEach((message, index) => put(message, { offset, length, index }));
    switch (line.kind) {
      case "rewind": {
        const kept = before(standing, line.to);
        losses.add("abandoned_branch", standing.size - kept.size);
        standing = kept;
        return;
      }
      case "update":
        if (line.messages === undefined) return;
        standing = new Map();
        return putAll(line.messages);
      case "header":
        return putAll(line.messages ?? []);
      case "message":
        return put(line.message, { offset, length, index: -1 });
    }
  };
  for await (const line of linesOf(handle, { from: 0, to: bytes })) {
    if (line.bytes !== null && isBlank(line.bytes)) continue;
    const read = line.bytes === null ? undefined : lineSchema.safeParse(valueOf(line.bytes)).data;
    if (read === undefined) losses.add("unreadable");
    else apply(read, line);
  }
  return [...standing.values()];
}

function before(standing: ReadonlyMap<string, Standing>, id: string): Map<string, Standing> {
  const kept = new Map<string, Standing>();
  if (!standing.has(id)) return kept;
  for (const [known, place] of standing) {
    if (known === id) break;
    kept.set(known, place);
  }
  return kept;
}

function tooMany(): BatonError {
  return new BatonError("invalid_argument", `the conversation has more than ${MOST_MESSAGES} messages`, {
    hint: "Go on with it in the agent's own program.",
  });
}
