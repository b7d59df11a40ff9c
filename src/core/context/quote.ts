import type { Cut } from "../transcript.ts";
import { MARGIN, quotable, wholeEnd, wholeStart, withoutFirstWord, withoutLastWord } from "./quotable.ts";

/** Which end of a text is worth most. */
export type Worth = "start" | "end" | "both";

/** What is kept of a text: its start, its end, and how many code points between or beside them are left out. */
export interface Quote {
  readonly start: string;
  readonly missing: number;
  readonly end: string;
}

/** The line that a reader puts where it has cut a text. */
const GAP = /\n\[… \d+ characters left out …\]\n/;

/** What is kept of a text in at most `units` UTF-16 units, quotable. */
export function quoteOf(cut: Cut, worth: Worth, units: number): Quote {
  if (cut.missing === 0 && cut.text.length <= 2 * (units + MARGIN)) {
    const clean = quotable(cut.text);
    if (clean.length <= units) return { start: clean, missing: 0, end: "" };
  }
  const { first, last } = endsOf(cut);
  const forStart = { start: units, end: 0, both: Math.ceil(units / 2) }[worth];
  const start = wholeStart(quotable(wholeStart(first, forStart + MARGIN)), forStart).trimEnd();
  const end = wholeEnd(quotable(wholeEnd(last, units - forStart + MARGIN)), units - forStart).trimStart();
  const missing = cut.missing + pointsIn(cut.text.replace(GAP, "")) - pointsIn(start) - pointsIn(end);
  return { start, missing: Math.max(1, missing), end };
}

/**
 * The beginning and the end of a text, each without the word that a reader has cut through: that could be a part of a
 * secret which no longer looks like one.
 */
function endsOf({ text, missing }: Cut): { readonly first: string; readonly last: string } {
  if (missing === 0) return { first: text, last: text };
  const gap = GAP.exec(text);
  if (gap === null) return { first: withoutLastWord(text), last: "" };
  return {
    first: withoutLastWord(text.slice(0, gap.index)),
    last: withoutFirstWord(text.slice(gap.index + gap[0].length)),
  };
}

function pointsIn(text: string): number {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}
