/** The longest line that is kept, in bytes; an agent's tool result can be large, an endless line must not be. */
export const MAX_LINE = 24 * 1024 * 1024;

export type Line =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "noise"; readonly text: string }
  | { readonly kind: "too_long" };

const LF = 0x0a;

/**
 * Splits a byte stream into JSON values, one a line.
 * LF alone ends a line: `node:readline` also splits on U+2028, which JSON leaves unescaped (Node 24.21.0).
 * Bytes become text only when their line is whole: what is too long costs no more than it takes to look for its end.
 */
export function createLineReader(onLine: (line: Line) => void, maxLine: number = MAX_LINE) {
  let parts: Buffer[] = [];
  let length = 0;
  let isSkipping = false;

  const push = (bytes: Buffer) => {
    if (isSkipping || bytes.length === 0) return;
    length += bytes.length;
    if (length > maxLine) {
      isSkipping = true;
      parts = [];
      onLine({ kind: "too_long" });
      return;
    }
    parts.push(bytes);
  };
  const endLine = () => {
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const wasSkipping = isSkipping;
    parts = [];
    length = 0;
    isSkipping = false;
    if (wasSkipping) return;
    const text = bytes.toString("utf8").trim();
    if (text !== "") onLine(parseLine(text));
  };

  return {
    write(chunk: Buffer): void {
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        push(chunk.subarray(from, at));
        endLine();
        from = at + 1;
      }
      push(chunk.subarray(from));
    },
    /** The stream is over: what stands without an LF is a line too. */
    end: endLine,
  };
}

function parseLine(text: string): Line {
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "noise", text };
  }
}
