import type { Cut } from "../../core/transcript.ts";

/** How much of what somebody has said is kept, in code points. */
export const WORDS_KEPT = 1024 * 1024;

/** How much of what a tool has given back, and of a text among what it was given, is kept. */
export const OUTPUT_KEPT = 64 * 1024;

/** How long the whole input of a tool may be as JSON before it is kept as a text that is cut. */
const INPUT_KEPT = 512 * 1024;

/** Levels of a tool's input that are looked at; real ones have a handful. */
const DEEPEST = 64;

/** The text, or its beginning and end with a line between them that says how much is missing. */
export function cutText(text: string, kept: number = OUTPUT_KEPT): Cut {
  if (text.length <= kept) return { text, missing: 0 };
  const missing = pointsIn(text) - kept;
  if (missing <= 0) return { text, missing: 0 };
  const half = Math.floor(kept / 2);
  return joined(firstOf(text, half), lastOf(text, kept - half), missing);
}

/** A text of which only the beginning and the end are at hand. */
export function joined(start: string, end: string, missing: number): Cut {
  return { text: `${start}\n[… ${missing} characters left out …]\n${end}`, missing };
}

/** How many code points a text has; it is not taken apart for that, since it may be long. */
export function pointsIn(text: string): number {
  let pairs = 0;
  for (let at = 1; at < text.length; at += 1) {
    if (isPair(text, at)) pairs += 1;
  }
  return text.length - pairs;
}

function firstOf(text: string, count: number): string {
  let at = 0;
  for (let points = 0; points < count && at < text.length; points += 1) at += isPair(text, at + 1) ? 2 : 1;
  return text.slice(0, at);
}

function lastOf(text: string, count: number): string {
  let at = text.length;
  for (let points = 0; points < count && at > 0; points += 1) at -= isPair(text, at - 1) ? 2 : 1;
  return text.slice(at);
}

/** Whether the unit at a place ends a pair of surrogates. */
function isPair(text: string, at: number): boolean {
  const [high, low] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

/** What a tool was given, with the long texts in it cut. */
export function cutInput(input: unknown): unknown {
  const short = shortened(input, 0);
  const json = JSON.stringify(short) ?? "null";
  return json.length <= INPUT_KEPT ? short : cutText(json).text;
}

function shortened(value: unknown, depth: number): unknown {
  if (typeof value === "string") return cutText(value).text;
  if (typeof value !== "object" || value === null) return value;
  if (depth === DEEPEST) return "[… deeper levels left out …]";
  if (Array.isArray(value)) return value.map((item) => shortened(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item, depth + 1)]));
}
