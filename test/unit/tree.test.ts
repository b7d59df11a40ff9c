import { describe, expect, it } from "vitest";
import { treeLines } from "../../src/cli/tree.ts";

type Branch = Parameters<typeof treeLines>[1][number];

const branch = (id: string, parent: string | null, more: Partial<Branch> = {}): Branch => ({
  id,
  agent: "codex",
  status: "completed",
  access: "read",
  title: `title of ${id}`,
  lineage: { root: "r", parent, depth: 1 },
  ...more,
});

describe("the tree of a lineage", () => {
  it("has a line for each task under the one that has asked for it, and points at one", () => {
    const tasks = [
      branch("t_1", null, { agent: "claude", access: "write", title: "Build the parser" }),
      branch("t_2", "t_1", { status: "working", title: "Review\nthe   grammar" }),
      branch("t_4", "t_2", { agent: "claude", status: "failed" }),
      branch("t_3", "t_1"),
      branch("t_5", "t_3"),
      branch("t_6", null),
      branch("t_7", "t_6", { title: "x".repeat(70) }),
    ];
    expect(`\n${treeLines("shell:7@99", tasks, "t_2").join("\n")}\n`).toBe(`
shell:7@99
├─ claude  t_1  completed  write  Build the parser
│  ├─ codex  t_2  working  read  Review the grammar  ◀
│  │  └─ claude  t_4  failed  read  title of t_4
│  └─ codex  t_3  completed  read  title of t_3
│     └─ codex  t_5  completed  read  title of t_5
└─ codex  t_6  completed  read  title of t_6
   └─ codex  t_7  completed  read  ${"x".repeat(59)}…
`);
  });

  it("sets a task at the top whose parent is not among them", () => {
    expect(treeLines("r", [branch("t_2", "t_gone"), branch("t_3", "t_2")], "t_3")).toEqual([
      "r",
      "└─ codex  t_2  completed  read  title of t_2",
      "   └─ codex  t_3  completed  read  title of t_3  ◀",
    ]);
  });

  it("ends although tasks stand above each other", () => {
    expect(treeLines("r", [branch("t_1", "t_2"), branch("t_2", "t_1")], "t_1")).toEqual(["r"]);
  });

  it("has nothing in it that a terminal acts on, and no line that a title or a root has made up", () => {
    const title = "\u001b[31mred\u001b[0m\u0007\n└─ claude  t_9  completed";
    const lines = treeLines("ro\u001b]0;title\u0007ot\n├─ codex  t_8", [branch("t_1", null, { title })], "");
    expect(lines).toEqual([
      "root ├─ codex t_8",
      "└─ codex  t_1  completed  read  red └─ claude t_9 completed",
    ]);
  });
});
