/** A text that was cut in the middle where it was too long, and how many characters are missing. */
export interface Shortened {
  readonly text: string;
  readonly missing: number;
}

/** The text in about `most` UTF-16 units: its beginning and its end, with a line between them that says what is missing. */
export function shortenedMiddle(text: string, most: number): Shortened {
  if (text.length <= most) return { text, missing: 0 };
  const half = Math.floor(most / 2);
  // Half a pair of surrogates is no text.
  const start = text.slice(0, half).replace(/[\ud800-\udbff]$/, "");
  const end = text.slice(-half).replace(/^[\udc00-\udfff]/, "");
  const missing = text.length - start.length - end.length;
  return { text: `${start}\n[… ${missing} characters left out …]\n${end}`, missing };
}
