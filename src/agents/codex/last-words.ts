import { stripVTControlCharacters } from "node:util";

/** Codex's log lines begin with a time; what it says to a person does not (0.169.0). */
const LOG_LINE = /^\d{4}-\d{2}-\d{2}T/;

/** The last thing that Codex said to a person on stderr, or nothing. */
export function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr)
    .split("\n")
    .map((line) => line.trim());
  return lines.findLast((line) => line !== "" && !LOG_LINE.test(line)) ?? "";
}
