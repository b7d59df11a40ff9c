import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestPiece } from "../../src/core/page.ts";

function piecesOf(text: string, size: number): readonly string[] {
  const pieces: string[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const piece = longestPiece(text, offset, (candidate) => JSON.stringify(candidate.text).length <= size);
    pieces.push(piece.text);
    offset = piece.more?.offset ?? null;
  }
  return pieces;
}

describe("a long answer in pieces", () => {
  it("is the same text again when they are joined, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.integer({ min: 20, max: 90 }),
        (text, size) => {
          expect(piecesOf(text, size).join("")).toBe(text);
        },
      ),
    );
  });

  it("is cut as late as the limit allows", () => {
    const piece = longestPiece("abcdef", 0, ({ text }) => text.length <= 4);
    expect(piece).toEqual({ text: "abcd", more: { offset: 4, remaining: 2 } });
  });

  it("counts code points and never halves one", () => {
    const piece = longestPiece("🦉🦉🦉", 1, ({ text }) => text.length <= 3);
    expect(piece).toEqual({ text: "🦉", more: { offset: 2, remaining: 1 } });
  });

  it("gets further even where nothing fits", () => {
    expect(longestPiece("abc", 1, () => false)).toEqual({ text: "b", more: { offset: 2, remaining: 1 } });
  });

  it("is empty past its end", () => {
    expect(longestPiece("abc", 9, () => true)).toEqual({ text: "", more: null });
  });
});
