import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_PROMPT, promptProblem } from "../../src/contracts/prompt.ts";
import { startTaskSchema } from "../../src/contracts/rpc.ts";
import { sentenceOf } from "../../src/contracts/sentence.ts";

describe("a prompt", () => {
  it("may be any text that says something", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        expect(promptProblem(`${text}.`)).toBeNull();
      }),
    );
  });

  it.each([
    ["", "empty"],
    [" \r\n\u2028\ufeff", "empty"],
    ["a\ud800b", "surrogate"],
    ["\udc00", "surrogate"],
    ["x".repeat(MAX_PROMPT + 1), "1,048,577"],
  ])("that cannot arrive is refused in one sentence", (text, word) => {
    const problem = promptProblem(text);
    expect(problem).toContain(word);
    expect(problem).not.toContain("\n");
  });
});

describe("what is wrong with arguments", () => {
  it("is told in one line that names them", () => {
    const words = { prompt: " ", model: "-x", agent: 7 };
    const { error } = startTaskSchema.pick({ prompt: true, model: true, agent: true }).safeParse(words);
    expect(error === undefined ? "" : sentenceOf(error)).toBe(
      "the prompt is empty; the model has to be one word of at most 200 characters that does not begin with a dash; agent: Invalid input: expected string, received number",
    );
  });
});
