import { shortened, withoutControls } from "../core/text.ts";

const SUMMARY_LENGTH = 200;

/** Rules decide by it: what is not all there as it stands, down to a line feed, ends with "…" and is approved by none. */
export function oneLine(text: string): string {
  const line = shortened(text, SUMMARY_LENGTH);
  return line === text || line.endsWith("…") ? line : `${line}…`;
}

/** What the agent says is shown to a person who decides by it: nothing in it may move their cursor. */
export function lines(parts: Readonly<Record<string, string | null | undefined>>): string {
  return Object.entries(parts)
    .filter(([, text]) => text !== null && text !== undefined && text !== "")
    .map(([name, text]) => `${name}: ${withoutControls(text ?? "")}`)
    .join("\n");
}

export function data(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
