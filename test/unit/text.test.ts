import { describe, expect, it } from "vitest";
import { durationSchema } from "../../src/contracts/duration.ts";
import { firstPoints, shortened, withoutControls } from "../../src/core/text.ts";

describe("text of an agent on a terminal", () => {
  it("loses everything that a terminal would act on", () => {
    const hostile =
      "a\u001b[31mred\u001b[0m\u001b]0;title\u0007\u001b]8;;http://x\u001b\\b\u0000\u009bc\r\nd\te";
    expect(withoutControls(hostile)).toBe("aredbc\nd\te");
  });

  it("is shortened by code points and on one line", () => {
    expect(shortened("one\n two   three", 9)).toBe("one two …");
    expect(shortened("🦉🦉🦉", 2)).toBe("🦉…");
  });

  it("is cut between code points", () => {
    expect(firstPoints("a🦉b", 2)).toBe("a🦉");
  });
});

describe("a time span", () => {
  it.each([
    ["45s", 45_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["250ms", 250],
  ])("%s is %d ms", (text, ms) => {
    expect(durationSchema.parse(text)).toBe(ms);
  });

  it.each(["", "10", "-1s", "0s", "1y", "25d", "1e9h"])("%s is refused with an example", (text) => {
    expect(durationSchema.safeParse(text).error?.issues[0]?.message).toContain("30m");
  });
});
