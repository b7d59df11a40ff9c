import { stripVTControlCharacters } from "node:util";

/** The last thing that an agent wrote to stderr, or nothing. */
export function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr)
    .split("\n")
    .map((line) => line.trim());
  return lines.findLast((line) => line !== "") ?? "";
}
