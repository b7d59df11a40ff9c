import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineReader, type Line } from "../../src/process/json-lines.ts";

function read(chunks: readonly Buffer[], maxLine?: number): readonly Line[] {
  const lines: Line[] = [];
  const reader = createLineReader((line) => lines.push(line), maxLine);
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
  return lines;
}

describe("JSON lines", () => {
  it("are the same however the bytes are cut", () => {
    const values = fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 8 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 17 }), (sent, size) => {
        const bytes = Buffer.from(sent.map((value) => `${JSON.stringify(value)}\n`).join(""));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        const expected = sent.map((value) => ({ kind: "json", value: JSON.parse(JSON.stringify(value)) }));
        expect(read(chunks)).toEqual(expected);
      }),
    );
  });

  it("are whole where a character is cut in two, and where the last one has no end", () => {
    const bytes = Buffer.from('{"a":"🦉"}\n"é"');
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(read(chunks)).toEqual([
      { kind: "json", value: { a: "🦉" } },
      { kind: "json", value: "é" },
    ]);
  });

  it("end at a line feed alone, not at a line separator inside a string", () => {
    expect(read([Buffer.from('{"a":"x\u2028y"}\n')])).toEqual([{ kind: "json", value: { a: "x\u2028y" } }]);
  });

  it("keep what is no JSON apart, and go on after a line that is too long", () => {
    expect(read([Buffer.from(`hello\n${"9".repeat(50)}\n1\n`)], 20)).toEqual([
      { kind: "noise", text: "hello" },
      { kind: "too_long" },
      { kind: "json", value: 1 },
    ]);
  });
});
