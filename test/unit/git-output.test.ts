import { describe, expect, it } from "vitest";
import { parseCommits, parseNumstat, parseStatus, seenFrom } from "../../src/core/summary/git-output.ts";

const HASH = "0".repeat(40);

describe("what git says", () => {
  it("of the branch and of what is uncommitted", () => {
    const output = [
      "# branch.oid abc",
      "# branch.head feature/x",
      "# branch.upstream origin/main",
      "# branch.ab +2 -1",
      `1 M. N... 100644 100644 100644 ${HASH} ${HASH} staged.ts`,
      `1 MM N... 100644 100644 100644 ${HASH} ${HASH} a name with blanks.ts`,
      `2 R. N... 100644 100644 100644 ${HASH} ${HASH} R100 new.ts`,
      "old.ts",
      `u UU N... 100644 100644 100644 100644 ${HASH} ${HASH} ${HASH} both.ts`,
      "? -new folder/",
      "",
    ].join("\0");
    expect(parseStatus(output)).toEqual({
      branch: "feature/x",
      upstream: { name: "origin/main", ahead: 2, behind: 1 },
      files: [
        { path: "staged.ts", state: "staged" },
        { path: "a name with blanks.ts", state: "staged and changed" },
        { path: "new.ts", state: "staged" },
        { path: "both.ts", state: "in conflict" },
        { path: "-new folder/", state: "untracked" },
      ],
    });
    expect(parseStatus("# branch.head (detached)\0")).toEqual({ branch: null, upstream: null, files: [] });
  });

  it("of lines and commits", () => {
    expect(parseNumstat("3\t1\ta\tb\nc.ts\0-\t-\tlogo.png\0")).toEqual([
      { path: "a\tb\nc.ts", added: 3, removed: 1 },
      { path: "logo.png", added: null, removed: null },
    ]);
    expect(parseCommits("abc123\tOne\tof two\0def456\t\0")).toEqual([
      { id: "abc123", subject: "One\tof two" },
      { id: "def456", subject: "" },
    ]);
  });

  it.each([
    ["", "src/a.ts", "src/a.ts"],
    ["src/", "src/a.ts", "a.ts"],
    ["src/deep/", "src/a.ts", "../a.ts"],
    ["lib/", "src/a.ts", "../src/a.ts"],
    ["src/", "src/new/", "new/"],
  ])("as it is seen from %j", (prefix, path, seen) => {
    expect(seenFrom(prefix, path)).toBe(seen);
  });
});
