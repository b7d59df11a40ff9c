/** What a code point costs, in tenths of a token. */
const LETTER = 3;
const BLANK = 2;
const SIGN = 7;
const ALPHABETIC = 5;
const OTHER = 10;
const BEYOND = 20;

/**
 * How many tokens a text takes, estimated without any model's tokenizer, by what its code points cost: an ASCII letter
 * three tenths of a token, a blank two, another ASCII sign or a digit seven, a letter of another alphabet (up to U+07FF)
 * five, a character of any other script ten, an emoji twenty. It is meant to be too much rather than too little: 13 to 21 %
 * above OpenAI's o200k_base on recorded summaries (2026-11). The estimate of two texts joined is the sum of both.
 */
export function estimatedTokens(text: string): number {
  return tenthsOf(text) / 10;
}

/** The same in whole tenths, which can be added up exactly. */
export function tenthsOf(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += costOf(text.charCodeAt(at));
  return sum;
}

function costOf(unit: number): number {
  if (unit < 0x80) return costOfAscii(unit);
  if (unit < 0x800) return ALPHABETIC;
  // The two halves of a pair.
  return unit >= 0xd800 && unit < 0xe000 ? BEYOND / 2 : OTHER;
}

function costOfAscii(unit: number): number {
  const lower = unit | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return LETTER;
  return unit <= 0x20 ? BLANK : SIGN;
}
