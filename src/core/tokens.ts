/** What a code point costs, in tenths of a token. */
const ASCII = 3;
const ALPHABETIC = 5;
const OTHER = 10;
const BEYOND = 20;

/**
 * How many tokens a text takes, estimated without any model's tokenizer: 10 ASCII characters are 3 tokens, 2 other
 * letters of an alphabet (up to U+07FF) one, a character of another script one, an emoji two. Prose and code of the
 * vendors' tokenizers stay below it. The estimate of two texts joined is that of the one and the other.
 */
export function estimatedTokens(text: string): number {
  return tenthsOf(text) / 10;
}

/** The same in whole tenths, which can be added up exactly. */
export function tenthsOf(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) sum += ASCII;
    else if (code < 0x800) sum += ALPHABETIC;
    // The two halves of a pair.
    else if (code >= 0xd800 && code < 0xe000) sum += BEYOND / 2;
    else sum += OTHER;
  }
  return sum;
}
