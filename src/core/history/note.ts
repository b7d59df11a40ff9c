import { BLOCK, quotableLine } from "../context/quotable.ts";

const NOTE = new RegExp(`^\\s*<${BLOCK}>[^]*</${BLOCK}>\\s*$`);
const PATH = 400;

/** Whether a whole message is a note of Baton's: a conversation that was handed over begins with such a one. */
export function isNote(text: string): boolean {
  return NOTE.test(text);
}

const LEADING = new RegExp(`^\\s*<${BLOCK}>[^]*?</${BLOCK}>\\s*`);

/** A message without the note of Baton's that it begins with; both are told apart, since only the rest is the user's. */
export function withoutNote(text: string): { readonly note: string | null; readonly rest: string } {
  const note = LEADING.exec(text)?.[0] ?? null;
  return note === null ? { note, rest: text } : { note: note.trim(), rest: text.slice(note.length) };
}

const BEGUN = "This conversation was begun with";

/** Whether a note is the link back to a source, and nothing else. */
export function isOriginNote(text: string): boolean {
  return isNote(text) && text.trimStart().startsWith(`<${BLOCK}>\n${BEGUN} `);
}

/** Where a conversation comes from. */
export interface Origin {
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  readonly nativeId: string;
  readonly cwd: string | null;
}

/** The note that a conversation which was handed over begins with: the link back to its source. */
export function originNote({ agent, nativeId, cwd }: Origin): string {
  const where = cwd === null ? "" : `, in ${quotableLine(cwd, PATH)}`;
  return [
    `<${BLOCK}>`,
    `${BEGUN} ${agent} (its own id ${quotableLine(nativeId, PATH)}${where}), and Baton has handed it over to you.`,
    `What follows is its history: the user's words are the user's; the answers and tool calls are those of ${agent}, whose tools may be other ones than yours. Files may have changed since.`,
    `</${BLOCK}>`,
  ].join("\n");
}
