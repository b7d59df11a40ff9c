import { describe, expect, it } from "vitest";

import { rateLimitsIn } from "../../src/agents/claude/rate-limits.ts";

const AT = new Date("2026-11-24T12:00:00Z");
const limits = (rate_limit_info: unknown) => rateLimitsIn({ type: "rate_limit_event", rate_limit_info }, AT);

describe("what Claude Code tells of a subscription's limits", () => {
  it("is one for each window, the nearest not twice", () => {
    const five_hour = { utilization: 0.9149, resetsAt: 1_795_543_058, status: "allowed_warning" };
    const told = limits({
      ...five_hour,
      rateLimitType: "five_hour",
      unifiedWindows: { five_hour, seven_day: { utilization: 0.34 }, a_year: { status: "allowed" } },
    });
    expect(told).toEqual([
      {
        agent: "claude",
        window: "5h",
        used_percent: 91.5,
        resets_at: "2026-11-24T17:57:38.000Z",
        at: AT.toISOString(),
      },
      { agent: "claude", window: "weekly", used_percent: 34, resets_at: null, at: AT.toISOString() },
      { agent: "claude", window: "a_year", used_percent: null, resets_at: null, at: AT.toISOString() },
    ]);
  });

  it("is the one that is used up, where nothing else is told", () => {
    expect(limits({ status: "rejected", rateLimitType: "seven_day_opus" })).toMatchObject([
      { window: "weekly opus", used_percent: 100 },
    ]);
  });

  it("is nothing where no window is named, and in no other line", () => {
    expect(limits({ status: "allowed" })).toEqual([]);
    expect(rateLimitsIn({ type: "result", rate_limit_info: {} })).toBeNull();
  });
});
