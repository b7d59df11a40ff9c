import { shortened, withoutControls } from "../../core/text.ts";

const SUMMARY_LENGTH = 200;

export function oneLine(text: string): string {
  return shortened(text, SUMMARY_LENGTH);
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
