import { randomBytes } from "node:crypto";

// Without i, l, o and u, which are taken for something else.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 12;

/** A new id such as `t_4k2m9…`: 60 random bits, short enough to type. */
export function newId(prefix: "s" | "t" | "r" | "w"): string {
  const letters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `${prefix}_${letters.join("")}`;
}
