import { stripVTControlCharacters } from "node:util";

const TROUBLE = /error|fail|cannot|can't|unknown|unable|not /i;

/** The last line of trouble that an agent wrote to stderr, else the last one, or nothing. */
export function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.findLast((line) => TROUBLE.test(line)) ?? lines.at(-1) ?? "";
}
