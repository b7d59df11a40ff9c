import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestPiece, type Piece } from "../../src/core/page.ts";

/** The same, said as simply as can be: each length is tried, the longest first. */
function longestPieceSlowly(text: string, offset: number, fits: (piece: Piece) => boolean): Piece {
  const points = Array.from(text);
  const start = Math.min(offset, points.length);
  for (let end = points.length; ; end -= 1) {
    const piece = {
      text: points.slice(start, end).join(""),
      more: end < points.length ? { offset: end, remaining: points.length - end } : null,
    };
    if (fits(piece) || end <= start + 1) return piece;
  }
}

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

  it("is the longest that fits, be the text shorter or longer than the limit", () => {
    const text = fc
      .tuple(fc.string({ unit: "binary", maxLength: 40 }), fc.integer({ min: 1, max: 90 }))
      .map(([unit, times]) => unit.repeat(times));
    fc.assert(
      fc.property(text, fc.nat(60), fc.integer({ min: 40, max: 3_000 }), (whole, offset, size) => {
        const fits = (piece: Piece) => JSON.stringify(piece).length <= size;
        expect(longestPiece(whole, offset, fits)).toEqual(longestPieceSlowly(whole, offset, fits));
      }),
      { numRuns: 200 },
    );
  });

  it("is found without looking at more than it needs, however long the whole is", () => {
    const text = 'line "7"\n🦉'.repeat(500_000);
    let asked = 0;
    const piece = longestPiece(text, 1_000_000, (candidate) => {
      asked = Math.max(asked, candidate.text.length);
      return JSON.stringify(candidate.text).length <= 30_000;
    });
    expect(piece.more?.offset).toBeGreaterThan(1_020_000);
    expect(asked).toBeLessThan(70_000);
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
