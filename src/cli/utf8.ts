import type { Readable } from "node:stream";
import { BatonError } from "../contracts/error.ts";
import { MAX_PROMPT, tooLong } from "../contracts/prompt.ts";

/** A UTF-16 unit takes at most three bytes: more than that is too long, whatever it says. */
const MAX_BYTES = 3 * MAX_PROMPT;

/**
 * Bytes as text, exactly.
 * @throws BatonError `invalid_argument` when they are no UTF-8: replaced characters would tell the agent something else
 */
export function utf8Of(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new BatonError("invalid_argument", `${source} is not UTF-8 text`, {
      hint: "Convert it first, for example with iconv.",
      cause: error,
    });
  }
}

/**
 * All that a stream says, as text.
 * @throws BatonError `invalid_argument` when it is no UTF-8, or does not end where a prompt has to
 */
export async function utf8From(stream: Readable, source: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) throw new BatonError("invalid_argument", tooLong(null));
  }
  return utf8Of(Buffer.concat(chunks), source);
}
