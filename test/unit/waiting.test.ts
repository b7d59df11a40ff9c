import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HubClient } from "../../src/client/client.ts";
import type { Call } from "../../src/mcp/call.ts";
import type { FrontEnd } from "../../src/mcp/front-end.ts";
import { isTimeout, patienceOf } from "../../src/mcp/patience.ts";
import { waitWithProgress } from "../../src/mcp/waiting.ts";

/** A hub that never has an answer. */
const silentHub = { call: () => new Promise(() => undefined) } as unknown as HubClient;

describe("a call that waits", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells its client at least every 15 seconds that it goes on", async () => {
    const told: number[] = [];
    const call = { client: "x", signal: new AbortController().signal, progress: () => told.push(Date.now()) };
    const frontEnd = { client: silentHub, env: {}, maxWaitMs: null };
    const start = Date.now();
    void waitWithProgress(frontEnd as unknown as FrontEnd, call as unknown as Call, {
      tasks: ["t_1"],
      mode: "all",
      waitSeconds: null,
    });
    await vi.advanceTimersByTimeAsync(61_000);
    const gaps = told.map((at, index) => at - (told[index - 1] ?? start));
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000);
  });
});

describe("the patience of a client", () => {
  it("is that of its kind, and shorter where the user has set a limit", () => {
    expect(patienceOf("codex-mcp-client", {})).toBe(240_000);
    expect(patienceOf("somebody", {})).toBe(50_000);
    expect(patienceOf("claude-code", { MCP_TOOL_TIMEOUT: "30000" })).toBe(27_000);
    expect(patienceOf("claude-code", { MCP_TOOL_TIMEOUT: "never" })).toBe(540_000);
  });

  it.for([
    ["SdkError: Request timed out", 1_000, true],
    ["AbortError: user-cancel", 1_000, false],
    ["MCP request cancelled by caller", 300_040, true],
    ["MCP request cancelled by caller", 60_120, true],
    ["MCP request cancelled by caller", 40, false],
    ["MCP request cancelled by caller", 63_700, false],
    [undefined, 60_000, false],
  ] as const)("is over after %s at %d ms: %s", ([reason, elapsed, expected]) => {
    expect(isTimeout(reason, elapsed)).toBe(expected);
  });
});
