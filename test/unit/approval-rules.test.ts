import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askedIn as askedByClaude } from "../../src/agents/claude/asked.ts";
import { askedIn } from "../../src/agents/codex/asked.ts";
import type { ApprovalRule } from "../../src/contracts/config.ts";
import { REQUEST_KINDS } from "../../src/contracts/request.ts";
import { decide, isWithin, mayAsk, type Asked } from "../../src/core/approval-rules.ts";

const asked = (more: Partial<Asked> = {}): Asked => ({
  agent: "codex",
  kind: "command",
  summary: "git status",
  cwd: "/work/a",
  takes: "decision",
  ...more,
});
const by = (...rules: readonly ApprovalRule[]) => ({ rules: [...rules], default: "ask" as const });
const approving = (summary: string): ApprovalRule => ({ summary, decision: "approve" });
const declining = (summary: string): ApprovalRule => ({ summary, decision: "decline" });

const METACHARACTERS = [";", "&", "|", "<", ">", "$", "(", ")", "`", "\n", "\r"];
const fewLetters = fc.array(fc.constantFrom("a", "b", " ", ".", "*", ";", "\n", "$", ","), { maxLength: 12 });
const patterns = fewLetters.map((letters) => letters.join(""));
const texts = fewLetters.map((letters) => letters.join("").replaceAll("*", "é"));
const decisions = fc.constantFrom<ApprovalRule["decision"][]>("approve", "decline", "ask");
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 1 });
const rules = fc.record({
  agent: maybe(fc.constantFrom("codex", "claude")),
  kind: maybe(fc.constantFrom(...REQUEST_KINDS)),
  summary: maybe(patterns),
  cwd: maybe(fc.constantFrom("/work", "/work/a", "/elsewhere")),
  decision: decisions,
}) as fc.Arbitrary<ApprovalRule>;
const requests: fc.Arbitrary<Asked> = fc.record({
  agent: fc.constantFrom("codex", "claude"),
  kind: fc.constantFrom(...REQUEST_KINDS),
  summary: texts,
  cwd: fc.constantFrom("/work/a", "/work/ab", "/elsewhere/b"),
  takes: fc.constantFrom("decision", "text"),
});

describe("the rules of approvals", () => {
  it("decide by the first one that fits, and by the default without one", () => {
    fc.assert(
      fc.property(
        fc.array(rules, { maxLength: 6 }),
        requests,
        fc.constantFrom("ask", "decline"),
        (all, one, otherwise) => {
          const alone = (rule: ApprovalRule) => {
            // A rule fits when it makes a difference, whatever the default is.
            const made = (["ask", "decline"] as const).map((other) =>
              decide({ rules: [rule], default: other }, one),
            );
            return made[0] === made[1];
          };
          const first = all.find(alone);
          const expected = first?.decision ?? otherwise;
          const isNoAnswer = expected === "approve" && one.takes === "text";
          expect(decide({ rules: all, default: otherwise }, one)).toBe(isNoAnswer ? "ask" : expected);
        },
      ),
    );
  });

  it("never approve what takes a text as answer", () => {
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 6 }), requests, (all, one) => {
        expect(decide(by(...all), { ...one, takes: "text" })).not.toBe("approve");
      }),
    );
    const question = asked({ kind: "question", summary: "Which one?", takes: "text" });
    expect(decide(by({ decision: "approve" }), question)).toBe("ask");
  });

  it("match the whole summary, and take nothing but `*` for a pattern", () => {
    expect(decide(by(approving("git status")), asked())).toBe("approve");
    for (const summary of ["git status -s", "x git status", "git_status", "GIT STATUS", ""])
      expect(decide(by(approving("git status")), asked({ summary }))).toBe("ask");
    for (const pattern of [".*", "git.status", "git (status|log)", "[a-z]*", "^git status$", "git status|"])
      expect(decide(by(approving(pattern)), asked())).toBe("ask");
    expect(decide(by(approving("a.b[c](d)+$")), asked({ summary: "a.b[c](d)+$" }))).toBe("approve");
  });

  it("hold for an agent, a kind and a folder alone where they name one", () => {
    const rule = { agent: "codex", kind: "command", cwd: "/work", decision: "approve" } as const;
    expect(decide(by(rule), asked())).toBe("approve");
    expect(decide(by(rule), asked({ agent: "claude" }))).toBe("ask");
    expect(decide(by(rule), asked({ kind: "tool" }))).toBe("ask");
    expect(decide(by(rule), asked({ cwd: "/workshop" }))).toBe("ask");
  });

  it("let no task ask where every answer would be no", () => {
    expect(mayAsk({ rules: [declining("*")], default: "decline" })).toBe(false);
    expect(mayAsk({ rules: [approving("x")], default: "decline" })).toBe(true);
    expect(mayAsk({ rules: [], default: "ask" })).toBe(true);
  });
});

describe("a `*`", () => {
  it("in an approved command stands for anything but the beginning of another command", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...METACHARACTERS), texts, (before, character, after) => {
        const summary = `git ${before}${character}${after} end`;
        for (const pattern of ["git *", "git * end", "*", "*git*end*"])
          expect(decide(by(approving(pattern)), asked({ summary }))).toBe("ask");
      }),
    );
    expect(decide(by(approving("git log *")), asked({ summary: "git log --oneline -5 src/a.ts" }))).toBe(
      "approve",
    );
    expect(decide(by(approving("git*git")), asked({ summary: "git" }))).toBe("ask");
    expect(decide(by(approving("git log * | head *")), asked({ summary: "git log -p | head -5" }))).toBe(
      "approve",
    );
  });

  it("in a declined command stands for anything", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const summary = `${before}\nsudo;${after}`;
        expect(decide(by(declining("*sudo*"), approving("*")), asked({ summary }))).toBe("decline");
      }),
    );
  });

  it("in an approved change of files stands for no second file and for no way out of a folder", () => {
    const change = (summary: string) =>
      decide(
        by({ kind: "file_change", summary: "/work/src/*", decision: "approve" }),
        asked({ kind: "file_change", summary }),
      );
    expect(change("/work/src/deep/a.ts")).toBe("approve");
    expect(change("/work/src/a.ts, /home/me/.bashrc")).toBe("ask");
    expect(change("/work/src/../../home/me/.bashrc")).toBe("ask");
  });

  it("fits what the same regular expression fits", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, summary) => {
        const model = (gap: string) =>
          new RegExp(
            `^${pattern
              .split("*")
              .map((part) => part.replaceAll(/[.$]/g, "\\$&"))
              .join(gap)}$`,
            "u",
          ).test(summary);
        const approved = decide(by(approving(pattern)), asked({ summary })) === "approve";
        expect(approved).toBe(model("[^;&|<>$`()\\n\\r]*"));
        const declined = decide(by(declining(pattern)), asked({ summary })) === "decline";
        expect(declined).toBe(model("[\\s\\S]*"));
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes no time to speak of, however often it stands in a pattern", () => {
    const began = performance.now();
    const summary = "a".repeat(200);
    expect(decide(by(declining(`${"*a".repeat(12)}*b`)), asked({ summary }))).toBe("ask");
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe("a summary that is not the whole command", () => {
  it("is never approved by a pattern", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const pattern of ["*", `${text}*`, `${text}…`])
          expect(decide(by(approving(pattern)), asked({ summary: `${text}…` }))).toBe("ask");
      }),
    );
    expect(decide(by(declining("rm *")), asked({ summary: "rm -rf …" }))).toBe("decline");
  });

  const summariesOf = (command: string) => {
    const ofCodex = askedIn(
      { method: "item/commandExecution/requestApproval", params: { command } } as never,
      new Map(),
    );
    const ofClaude = askedByClaude({
      subtype: "can_use_tool",
      tool_name: "Bash",
      input: { command },
    });
    return [ofCodex, ofClaude].map((asked) => asked?.requests[0]?.summary ?? "");
  };

  for (const command of [
    "git status\nrm -rf ~",
    "git status \u001b];rm -rf ~\u0007",
    "git status\r\nrm -rf ~",
    `git status ${"x".repeat(300)}; rm -rf ~`,
  ]) {
    it(`is known as one: ${JSON.stringify(command.slice(0, 40))}`, () => {
      for (const summary of summariesOf(command)) {
        expect(decide(by(approving("git status*")), asked({ summary }))).toBe("ask");
      }
    });
  }

  it("is none where it is the command", () => {
    expect(summariesOf("git status -s")).toEqual(["git status -s", "git status -s"]);
    expect(decide(by(approving("git status*")), asked({ summary: "git status -s" }))).toBe("approve");
  });
});

describe("a folder", () => {
  it("holds itself and what is below it, and no sibling that begins with its name", () => {
    expect(isWithin("/work/a", "/work/a")).toBe(true);
    expect(isWithin("/work/a/b", "/work/a/")).toBe(true);
    expect(isWithin("/work/a", "/")).toBe(true);
    expect(isWithin("C:\\work\\a\\b", "C:\\work\\a")).toBe(true);
    expect(isWithin("C:\\work\\ab", "C:\\work\\a")).toBe(false);
    expect(isWithin("/work/ab", "/work/a")).toBe(false);
    expect(isWithin("/work", "/work/a")).toBe(false);
  });

  it("does not hold a sibling with a backslash in its name where that separates nothing", () => {
    expect(isWithin("/work/a\\b", "/work/a")).toBe(false);
    expect(isWithin("/work/a/c", "/work/a\\")).toBe(false);
  });
});
