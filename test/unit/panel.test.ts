import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { taskError } from "../../src/contracts/error.ts";
import { memberNameSchema, nameOfMember } from "../../src/contracts/panel.ts";
import {
  answersOf,
  complaintOf,
  failureOf,
  judgePanel,
  LEAST_GRACE_MS,
  quorumOf,
  sumOfUsage,
  type PanelRules,
  type Reply,
} from "../../src/core/panel.ts";

const answered = (name: string, text = `${name} says`): Reply => ({
  kind: "answered",
  name,
  task: `t_${name}`,
  text,
});
const silent = (name: string, code: "agent_auth" | "agent_timeout" | null): Reply => ({
  kind: "silent",
  name,
  task: `t_${name}`,
  error: code === null ? null : taskError(code, `${name} cannot`),
});

describe("a member", () => {
  it.for([
    ["codex", "codex", null],
    ["codex:gpt-5.4", "codex", "gpt-5.4"],
    ["opencode:vendor/model:free", "opencode", "vendor/model:free"],
  ] as const)("%s is read as agent and model, and named so again", ([name, agent, model]) => {
    const member = memberNameSchema.parse(name);
    expect(member).toEqual({ agent, model });
    expect(nameOfMember(member)).toBe(name);
  });

  it.for(["", ":gpt", "codex:", "codex: x", "--help", "codex:-m"])("%j names nobody", (name) => {
    expect(memberNameSchema.safeParse(name).success).toBe(false);
  });
});

const rules = (more: Partial<PanelRules> = {}): PanelRules => ({
  quorum: 2,
  rest: "awaited",
  limitMs: 60_000,
  ...more,
});

describe("a panel", () => {
  it("waits for all of them, until its time is over", () => {
    const progress = { startedAt: 1_000, open: 1, quorumAt: 2_000 };
    expect(judgePanel(progress, rules(), 60_999)).toEqual({ kind: "wait", until: 61_000 });
    expect(judgePanel(progress, rules(), 61_000)).toEqual({ kind: "over", why: "time" });
    expect(judgePanel({ ...progress, open: 0 }, rules(), 70_000)).toEqual({ kind: "over", why: "all" });
  });

  it("that was told how many are enough gives the others as long again, and ten seconds at least", () => {
    const hurried = rules({ rest: "hurried" });
    const soon = { startedAt: 0, open: 1, quorumAt: 1_000 };
    expect(judgePanel(soon, hurried, 10_999)).toEqual({ kind: "wait", until: 1_000 + LEAST_GRACE_MS });
    expect(judgePanel(soon, hurried, 11_000)).toEqual({ kind: "over", why: "enough" });
    expect(judgePanel({ ...soon, quorumAt: 25_000 }, hurried, 49_999)).toEqual({
      kind: "wait",
      until: 50_000,
    });
    expect(judgePanel({ ...soon, quorumAt: null }, hurried, 59_999)).toEqual({ kind: "wait", until: 60_000 });
  });

  it("always ends: whatever happens, it never waits beyond its limit, and never for the past", () => {
    const progress = fc.record({
      startedAt: fc.nat(1_000_000),
      open: fc.nat(8),
      quorumAt: fc.option(fc.nat(2_000_000)),
    });
    const anyRules = fc.record({
      quorum: fc.integer({ min: 1, max: 8 }),
      rest: fc.constantFrom("awaited" as const, "hurried" as const),
      limitMs: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(progress, anyRules, fc.nat(3_000_000), (drawn, held, elapsed) => {
        const { startedAt, open } = drawn;
        const quorumAt = drawn.quorumAt === null ? null : startedAt + drawn.quorumAt;
        const verdict = judgePanel({ startedAt, open, quorumAt }, held, startedAt + elapsed);
        const isDue = (until: number) => until > startedAt + elapsed && until <= startedAt + held.limitMs;
        const fits = () => {
          if (verdict.kind === "wait") return open > 0 && isDue(verdict.until);
          if (open === 0) return verdict.why === "all";
          if (elapsed >= held.limitMs) return verdict.why === "time";
          return verdict.why === "enough" && held.rest === "hurried" && quorumAt !== null;
        };
        expect(fits()).toBe(true);
      }),
    );
  });

  it("needs more than half, unless somebody says otherwise", () => {
    expect([1, 2, 3, 4, 8].map((count) => quorumOf(count, null))).toEqual([1, 2, 2, 3, 5]);
    expect(quorumOf(3, 1)).toBe(1);
  });

  it("has every answer under its name, and the reason of whoever gave none", () => {
    const replies = [answered("codex"), silent("claude", "agent_auth"), silent("gemini", null)];
    expect(answersOf(replies)).toBe(
      "## codex (t_codex)\n\ncodex says\n\n## claude (t_claude)\n\nNo answer: agent_auth: claude cannot\n\n## gemini (t_gemini)\n\nNo answer: cancelled",
    );
    expect(replies.map(complaintOf)).toEqual([
      null,
      "claude (t_claude) has not answered: agent_auth: claude cannot",
      "gemini (t_gemini) has not answered: cancelled",
    ]);
  });

  it("fails when too few have answered, with the code that all others have", () => {
    const one = [answered("codex"), silent("claude", "agent_auth"), silent("gemini", "agent_auth")];
    expect(failureOf(one, 1)).toBeNull();
    expect(failureOf(one, 2)).toMatchObject({
      code: "agent_auth",
      message: expect.stringMatching(/^1 answer has come of 3, 2 are needed .*claude cannot.*gemini cannot/),
      retryable: false,
    });
    const mixed = [answered("codex"), silent("claude", "agent_auth"), silent("gemini", "agent_timeout")];
    expect(failureOf(mixed, 2)).toMatchObject({ code: "agent_error", retryable: true });
    expect(failureOf([silent("codex", null)], 1)).toMatchObject({ code: "agent_error" });
  });

  it("has used what its tasks have used", () => {
    const usage = (cost_usd: number | null, billed_to: "api_key" | "subscription") => ({
      input_tokens: 10,
      cached_input_tokens: 4,
      output_tokens: 2,
      cost_usd,
      billed_to,
    });
    expect(sumOfUsage([null, null])).toBeNull();
    expect(sumOfUsage([usage(0.5, "api_key"), null, usage(null, "api_key")])).toEqual({
      input_tokens: 20,
      cached_input_tokens: 8,
      output_tokens: 4,
      cost_usd: 0.5,
      billed_to: "api_key",
    });
    expect(sumOfUsage([usage(1, "api_key"), usage(1, "subscription")])?.billed_to).toBe("unknown");
  });
});
