import { StringDecoder } from "node:string_decoder";

/** The longest line that is kept, in UTF-16 units; an agent's tool result can be large, an endless line must not be. */
export const MAX_LINE = 32 * 1024 * 1024;

export type Line =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "noise"; readonly text: string }
  | { readonly kind: "too_long" };

/**
 * Splits a byte stream into JSON values, one a line.
 * LF alone ends a line: `node:readline` also splits on U+2028, which JSON leaves unescaped (Node 24.21.0).
 */
export function createLineReader(onLine: (line: Line) => void, maxLine: number = MAX_LINE) {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let length = 0;
  let skipping = false;

  const push = (text: string) => {
    if (skipping) return;
    length += text.length;
    if (length > maxLine) {
      skipping = true;
      parts = [];
      onLine({ kind: "too_long" });
      return;
    }
    parts.push(text);
  };
  const endLine = () => {
    const text = parts.join("").trim();
    parts = [];
    length = 0;
    if (!skipping && text !== "") onLine(parseLine(text));
    skipping = false;
  };

  return {
    write(chunk: Buffer): void {
      const pieces = decoder.write(chunk).split("\n");
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) endLine();
        push(piece);
      }
    },
    /** The stream is over: what stands without an LF is a line too. */
    end(): void {
      push(decoder.end());
      endLine();
    },
  };
}

function parseLine(text: string): Line {
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "noise", text };
  }
}
