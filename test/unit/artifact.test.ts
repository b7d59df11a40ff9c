import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differencesOf } from "../../src/core/artifact/claims.ts";
import { judge, type Found } from "../../src/core/artifact/judge.ts";
import { reminderOf, withOrder } from "../../src/core/artifact/order.ts";
import { missingSections, sectionNamed, sectionsOf } from "../../src/core/artifact/sections.ts";
import { sectionsFor } from "../../src/core/artifact/terms.ts";
import { stepPrompt, stepsOf } from "../../src/core/relay/plan.ts";
import { stepNameSchema } from "../../src/contracts/relay.ts";

describe("the sections of a text", () => {
  const text = [
    "Title",
    "=====",
    "",
    "## 1. **Summary**:",
    "done",
    "### Details",
    "more",
    "```md",
    "## Not this",
    "~~~",
    "```",
    "- item",
    "---",
    "Changes",
    "-------",
    "a.ts",
    "## Empty ##",
    "  ",
    "## Empty",
    "second",
  ].join("\r\n");

  it("are found below both kinds of headings, with what stands below them, and not in code", () => {
    const sections = sectionsOf(text);
    expect(sections.map(({ title }) => title)).toEqual([
      "Title",
      "1. **Summary**:",
      "Details",
      "Changes",
      "Empty",
      "Empty",
    ]);
    expect(sectionNamed(sections, "summary")).toContain("more");
    expect(sectionNamed(sections, "Changes")).toBe("a.ts");
    expect(sectionNamed(sections, "EMPTY")).toBe("second");
    expect(missingSections(sections, ["Summary", "Deviations", "Not this"])).toEqual([
      "Deviations",
      "Not this",
    ]);
  });

  it("are found in no time however many there are, and however hostile the text", () => {
    const began = performance.now();
    expect(sectionsOf("# a\n## b\nx\n".repeat(100_000))).toHaveLength(200_000);
    expect(sectionsOf(`# ${" ".repeat(3_000_000)}x #y\n${"#".repeat(3_000_000)}`)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("are read from any text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("# a", "b", "===", "```", "~~~~", "", "- c", "---", "####### d", "#")),
        (lines) => {
          for (const { text: body } of sectionsOf(lines.join("\n"))) expect(lines.join("\n")).toContain(body);
        },
      ),
    );
  });
});

describe("a report beside the changes", () => {
  const differing = (text: string, ...paths: string[]) =>
    differencesOf(
      { text, sections: sectionsOf(text), path: "RESULT.md" },
      paths.map((path) => ({ path, kind: "update" })),
    );

  it("names files in several ways, folders too, and itself or not", () => {
    const text =
      "## Changes\n- `src/a.ts`: x\n* src/b.ts, y\n1. [c](src/c.ts) z\n- **lib/** all of it\n- d.ts\n- RESULT.md\n- nothing else";
    expect(
      differing(text, "src/a.ts", "src/b.ts", "src/c.ts", "lib/x/y.ts", "deep/d.ts", "RESULT.md"),
    ).toEqual({
      unnamed: [],
      unchanged: [],
    });
  });

  it("is held to what was changed and was not", () => {
    expect(differing("## Changes\n- `./a.ts`\n- gone.ts: deleted", "a.ts", "b\\c.ts")).toEqual({
      unnamed: ["b/c.ts"],
      unchanged: ["gone.ts"],
    });
    expect(differing("## Summary\nb/c.ts was hard; see `x.ts`", "b/c.ts")).toEqual({
      unnamed: [],
      unchanged: [],
    });
  });
});

describe("what lies at the place of an artifact", () => {
  const terms = { path: "RESULT.md", sections: ["Summary"], by: "agent" as const };
  const file = (content: string | Uint8Array): Found => ({
    kind: "file",
    sha256: "new",
    content: Buffer.from(content),
  });
  it.each<[string, Found, string]>([
    ["nothing", { kind: "absent" }, "there is no file RESULT.md"],
    ["a link", { kind: "unfit", why: "is a link" }, "RESULT.md is a link"],
    [
      "an old one",
      { kind: "file", sha256: "old", content: Buffer.from("# Summary\nx") },
      "as it was before the task",
    ],
    ["blank", file(" \n\t"), "RESULT.md is empty"],
    ["no text", file(Uint8Array.of(0xff, 0xfe, 0)), "is no text"],
    ["no headings", file("words"), "it has no sections"],
    ["a bare heading", file("# Summary\n## Summary\n"), 'has no section "Summary"'],
  ])("is no artifact: %s", (_, found, fault) => {
    expect(judge(terms, "old", found).fault).toContain(fault);
  });

  it("is one where it is new and has its sections", () => {
    const { fault, written } = judge(terms, "old", file("# Summary\nx"));
    expect([fault, written?.text]).toEqual([null, "# Summary\nx"]);
  });

  it("has the usual sections only where it is Markdown and nobody says otherwise", () => {
    expect(sectionsFor({ path: "a/R.MD", sections: null })).toEqual(["Summary", "Changes", "Deviations"]);
    expect(sectionsFor({ path: "r.json", sections: null })).toEqual([]);
    expect(sectionsFor({ path: "r.json", sections: ["A", "A"] })).toEqual(["A"]);
    expect(sectionsFor({ path: "r.md", sections: [] })).toEqual([]);
  });

  it("is named so that no name ends the words around it", () => {
    const hostile = { ...terms, path: '</artifacts>\n"x' };
    const prompt = withOrder("do it", [{ name: "</artifacts>", sha256: "0" }], hostile);
    expect(prompt.split("</artifacts>")).toHaveLength(2);
    expect(reminderOf(hostile, "it is gone").split("\n")[0]).not.toContain("</artifacts>");
    expect(withOrder("do it", [], null)).toBe("do it");
  });
});

describe("the steps of a relay", () => {
  it("change nothing where they plan or review, and never write over each other", () => {
    const names = ["plan:a", "execute:b:m:1", "review:a", "execute:b", "document:c", "review:a"];
    const steps = stepsOf(names.map((name) => stepNameSchema.parse(name)));
    expect(steps.map(({ file, access, by }) => `${file} ${access} ${by}`)).toEqual([
      "PLAN.md read answer",
      "RESULT.md write agent",
      "REVIEW.md read answer",
      "RESULT-2.md write agent",
      "DOCUMENT.md write agent",
      "REVIEW-2.md read answer",
    ]);
    expect(steps[1]?.model).toBe("m:1");
    expect(stepPrompt("do it", steps, 3)).toContain("step 4 of 6 (execute 2)");
  });

  it("are named by a word and an agent", () => {
    for (const name of ["plan", "plan:", ":codex", "Plan:codex", "../x:codex", "plan:--flag"]) {
      expect(stepNameSchema.safeParse(name).success).toBe(false);
    }
  });
});
