import type { ContextBlock } from "../../core/context/block.ts";

/** What the next agent is asked where nobody has said it: the block itself asks for nothing. */
const GO_ON =
  "Go on with the work that the record below tells of, from its next step. Look at the files first.";

/** The first prompt of the session that takes the work over. `words` null: whoever hands over has given none. */
export function promptWithSummary(words: string | null, { text }: ContextBlock): string {
  return `${words ?? GO_ON}\n\n${text}`;
}
