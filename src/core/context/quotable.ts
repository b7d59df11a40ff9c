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
const MARGIN = 16_384;
/** A word that a cut may have halved; it could be a part of a secret that no longer looks like one. */
const LAST_WORD = /\S{1,512}$/;
const FIRST_WORD = /^\S{1,512}/;

/** The beginning of a text of at most so many UTF-16 units, which ends between two words. */
export function wholeStart(text: string, units: number): string {
  return text.length <= units ? text : withoutLastWord(text.slice(0, units));
}

export function withoutLastWord(text: string): string {
  return text.replace(LAST_WORD, "");
}

/** Which end of a text is worth most. */
export type Worth = "start" | "end" | "both";

/** What is kept of a text: its start, its end, and how many code points between or beside them are left out. */
export interface Quote {
  readonly start: string;
  readonly missing: number;
  readonly end: string;
}

/** What is kept of a text that is `missing` code points longer than it stands here, in at most `units` UTF-16 units. */
export function quoteOf(
  { text, missing }: { readonly text: string; readonly missing: number },
  worth: Worth,
  units: number,
): Quote {
  const known = missing > 0 ? withoutLastWord(text) : text;
  const lost = missing + pointsIn(text.slice(known.length));
  const read = 2 * (units + MARGIN);
  if (known.length <= read) {
    const clean = quotable(known);
    if (clean.length <= units) return { start: clean, missing: lost, end: "" };
  }
  const forStart = { start: units, end: 0, both: Math.ceil(units / 2) }[worth];
  const start = wholeStart(quotable(wholeStart(known, units + MARGIN)), forStart).trimEnd();
  const end = wholeEnd(quotable(wholeEnd(known, units + MARGIN)), units - forStart).trimStart();
  const kept = pointsIn(start) + pointsIn(end);
  return { start, missing: lost + Math.max(1, pointsIn(known) - kept), end };
}

/** The end of a text of at most so many UTF-16 units, which begins between two words. */
export function wholeEnd(text: string, units: number): string {
  if (text.length <= units) return text;
  return units <= 0 ? "" : text.slice(-units).replace(FIRST_WORD, "");
}

function pointsIn(text: string): number {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}
