import path from "node:path";
import { BatonError } from "../../../contracts/error.ts";
import { MAX_LINE } from "../../transcripts/lines.ts";

/** Whether a file is one JSON value, as Gemini CLI wrote it before it wrote lines. */
export function isWhole(file: string): boolean {
  return path.extname(file) === ".json";
}

/** @throws BatonError `invalid_argument` for a JSON value that is too long to be read at once */
export function checkSize(file: string, bytes: number): void {
  if (bytes <= MAX_LINE) return;
  throw new BatonError("invalid_argument", `the conversation ${file} is one JSON value of ${bytes} bytes`, {
    hint: "Open it once in Gemini CLI, which then keeps it as lines.",
  });
}
