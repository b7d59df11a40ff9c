import { redact } from "../redaction/redact.ts";
import { withoutControls } from "../text.ts";

/** The name of the element that a context block is. */
export const BLOCK = "handoff_context";

const LINE_ENDS = /\r\n?|[\u2028\u2029]/g;
/** What shows nothing and can turn or hide a text: directions, zero-width signs, tags. Joiners spell words, they stay. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const OWN_TAG = new RegExp(`<(?=[\\s/\\u200c\\u200d]{0,20}${BLOCK})`, "gi");

/**
 * A text of somebody else's as it may stand in a context block: without what a terminal acts on or nobody sees, with
 * its secrets redacted, and without what would end the block before its end.
 */
export function quotable(text: string): string {
  const visible = withoutControls(text.toWellFormed().replaceAll(LINE_ENDS, "\n")).replaceAll(INVISIBLE, "");
  return redact(visible).replaceAll(OWN_TAG, "(").trim();
}

/** The same on one line, cut to a number of code points. */
export function quotableLine(text: string, length: number): string {
  const line = quotable(wholeStart(text, length * 8 + MARGIN)).replaceAll(/\s+/g, " ");
  const points = Array.from(line);
  return points.length <= length ? line : `${points.slice(0, length - 1).join("")}…`;
}

/** A name or a piece of a program within a line, quotable; its own backticks would end it. */
export function code(text: string, length: number): string {
  return `\`${quotableLine(text, length).replaceAll("`", "'")}\``;
}

/** More than is kept is looked at, so that no secret is halved before it is known. */
export const MARGIN = 16_384;
/** A word that a cut may have halved; it could be a part of a secret that no longer looks like one. */
const LAST_WORD = /\S{1,512}$/;
const FIRST_WORD = /^\S{1,512}/;

/** The beginning of a text of at most so many UTF-16 units, which ends between two words. */
export function wholeStart(text: string, units: number): string {
  return text.length <= units ? text : withoutLastWord(text.slice(0, units));
}

/** The end of a text of at most so many UTF-16 units, which begins between two words. */
export function wholeEnd(text: string, units: number): string {
  if (text.length <= units) return text;
  return units <= 0 ? "" : withoutFirstWord(text.slice(-units));
}

export function withoutLastWord(text: string): string {
  return text.replace(LAST_WORD, "");
}

export function withoutFirstWord(text: string): string {
  return text.replace(FIRST_WORD, "");
}
