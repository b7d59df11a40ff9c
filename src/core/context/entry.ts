import type { Quote, Worth } from "./quote.ts";

/** How consequential a piece is: the smaller, the sooner it gets room. */
export type Rank = number;

/** A piece of a text that is kept as a whole or not at all. */
export interface Chunk {
  readonly text: string;
  readonly rank: Rank;
}

/** One thing that a section tells. */
export interface Entry {
  /** Our own words, or what was made quotable on one line; stands as soon as one chunk does. */
  readonly lead: string;
  /** In the order of the text. */
  readonly chunks: readonly Chunk[];
  /** Code points of the text that are left out whatever the room, and the chunk that they stand before. */
  readonly missing: { readonly count: number; readonly before: number };
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
  /** How many entries more there were than anybody has kept. */
  readonly beyond: number;
}

/** How a text competes for room: where its first chunk ranks, and how much each further one comes later. */
export interface Ranking {
  readonly first: Rank;
  readonly step: number;
}

/** About three lines: small enough that little room is wasted, large enough to be read. */
const CHUNK_UNITS = 280;

export function section(title: string, entries: readonly Entry[], beyond = 0): Section {
  return { title, entries, beyond };
}

/** A line of our own with a name, a number or a short text in it. */
export function line(text: string, rank: Rank): Entry {
  return { lead: "", chunks: [{ text, rank }], missing: { count: 0, before: 0 } };
}

/** How long a text may be that stands in quotation marks behind its lead, in UTF-16 units. */
const INLINE_UNITS = 240;

/** A text word for word, behind or below the words that say whose it is. */
export function quotation(
  lead: string,
  quote: Quote,
  { worth, ...ranking }: Ranking & { readonly worth: Worth },
): Entry {
  if (quote.missing === 0 && quote.start.length <= INLINE_UNITS && !quote.start.includes("\n")) {
    return line(`${lead} "${quote.start}"`, ranking.first);
  }
  const start = chunksOf(quote.start);
  const end = chunksOf(quote.end);
  const all = [...start, ...end];
  return {
    lead,
    chunks: all.map((text, index) => ({ text, rank: rankAt(index, all.length, { worth, ...ranking }) })),
    missing: { count: quote.missing, before: worth === "end" ? 0 : start.length },
  };
}

/** A chunk never comes before its neighbour that is nearer to the end which is worth more. */
function rankAt(
  index: number,
  count: number,
  { worth, first, step }: Ranking & { readonly worth: Worth },
): Rank {
  const fromEnd = count - 1 - index;
  const distance = {
    start: index,
    end: fromEnd,
    both: Math.min(2 * index, 2 * fromEnd + 1),
  }[worth];
  return first + distance * step;
}

/** The text in pieces that end at lines or words where there are any; joined they are the text. */
function chunksOf(text: string): readonly string[] {
  const chunks: string[] = [];
  let rest = text;
  while (rest.length > CHUNK_UNITS * 1.5) {
    const at = placeToCut(rest.slice(0, CHUNK_UNITS));
    chunks.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return rest === "" ? chunks : [...chunks, rest];
}

function placeToCut(window: string): number {
  const least = window.length / 2;
  const place = [window.lastIndexOf("\n"), window.lastIndexOf(" ")].find((at) => at >= least);
  if (place !== undefined) return place + 1;
  // Never between the halves of a pair.
  return window.isWellFormed() ? window.length : window.length - 1;
}
