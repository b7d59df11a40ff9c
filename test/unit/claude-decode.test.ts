import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { createDecoder } from "../../src/agents/claude/decode.ts";
import { turnFailure } from "../../src/agents/claude/failure.ts";
import { billedTo, usageOf } from "../../src/agents/claude/usage.ts";
import type { Result } from "../../src/agents/claude/wire.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";

const FIXTURES = path.join(import.meta.dirname, "fixtures", "claude");

interface DecodedTurn {
  readonly sessionId: string | null;
  readonly events: readonly AgentEvent[];
  readonly result: Result;
}

/** The turns of a recording, each decoded as the driver does it. */
function turnsIn(recording: string): readonly DecodedTurn[] {
  const turns: DecodedTurn[] = [];
  let decode = createDecoder();
  let events: AgentEvent[] = [];
  let sessionId: string | null = null;
  for (const line of readFileSync(path.join(FIXTURES, recording), "utf8").trim().split("\n")) {
    const decoded = decode(JSON.parse(line));
    events.push(...decoded.events);
    sessionId ??= decoded.begun?.sessionId ?? null;
    if (decoded.result === null) continue;
    turns.push({ sessionId, events, result: decoded.result });
    decode = createDecoder();
    events = [];
    sessionId = null;
  }
  return turns;
}

function onlyTurn(recording: string): DecodedTurn {
  const [turn, ...others] = turnsIn(recording);
  if (turn === undefined || others.length > 0) throw new Error(`${recording} holds not one turn`);
  return turn;
}

describe("a recorded turn of Claude Code 2.1.330", () => {
  it("becomes neutral events, in order", () => {
    const [turn] = turnsIn("session.jsonl");
    expect(turn?.sessionId).toBe("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed");
    expect(turn?.events.map((event) => [event.type, summaryOf(event)])).toEqual([
      ["reasoning", "The file must be read first."],
      ["message.delta", "I look."],
      ["message", "I look."],
      ["tool.started", "file Read /home/dev/demo/README.md"],
      ["tool.finished", "ok"],
      ["tool.started", "file Edit /home/dev/demo/README.md"],
      ["tool.finished", "ok"],
      ["file.changed", "update /home/dev/demo/README.md"],
      ["tool.started", "file Write /home/dev/demo/new.txt"],
      ["tool.started", "command Bash git commit -qam made"],
      ["tool.finished", "ok"],
      ["file.changed", "add /home/dev/demo/new.txt"],
      ["tool.finished", "denied"],
      ["tool.started", "command Bash false"],
      ["tool.finished", "failed"],
      ["message.delta", "It is"],
      ["message.delta", " red "],
      ["message.delta", "now."],
      ["message", "It is red now."],
    ]);
    expect(turn?.result).toMatchObject({ is_error: false, result: "It is red now." });
  });

  it("warns of a request that is made again", () => {
    const [, turn] = turnsIn("session.jsonl");
    expect(turn?.events[0]).toEqual({
      type: "warning",
      data: { message: "Claude Code tries its request again (1 of 1): 529 overloaded" },
    });
    expect(turn?.result.is_error).toBe(false);
  });

  it("ends as an error when it was interrupted", () => {
    const [, , turn] = turnsIn("session.jsonl");
    expect(turn?.events).toEqual([]);
    expect(turn?.result).toMatchObject({ is_error: true, terminal_reason: "aborted_streaming" });
  });

  it("counts what it used itself, not the turns before", () => {
    const used = turnsIn("session.jsonl").map(({ result }) => usageOf(result, "api_key"));
    expect(used[0]?.input_tokens).toBeGreaterThan(used[1]?.input_tokens ?? Infinity);
    expect(used[1]).toMatchObject({ cached_input_tokens: 0, output_tokens: 1, billed_to: "api_key" });
    expect(used[1]?.cost_usd).toBeLessThan(used[0]?.cost_usd ?? 0);
    expect(used[2]).toMatchObject({ input_tokens: 0, output_tokens: 0, cost_usd: 0 });
  });

  it("leaves nothing unknown", () => {
    for (const recording of readdirSync(FIXTURES)) {
      const unknown = turnsIn(recording).flatMap(({ events }) => events.filter(({ type }) => type === "raw"));
      expect({ recording, unknown }).toEqual({ recording, unknown: [] });
    }
  });

  it("that failed is told by is_error, and its error by the status and the words", () => {
    expect(onlyTurn("plain.jsonl").result.is_error).toBe(false);
    expect(onlyTurn("bash_denied.jsonl").result.is_error).toBe(false);
    const failures = ["err401.jsonl", "err429.jsonl", "streamfail.jsonl", "maxturns.jsonl", "budget.jsonl"];
    const errors = failures.map((recording) => turnFailure(onlyTurn(recording).result));
    expect(errors.map(({ code, retryable }) => [code, retryable])).toEqual([
      ["agent_auth", false],
      ["agent_rate_limited", true],
      ["agent_error", false],
      ["agent_error", false],
      ["agent_error", false],
    ]);
    expect(errors[3]?.message).toBe("Claude Code: Reached maximum number of turns (1)");
  });

  it("keeps Claude Code's own words on an error out of the messages", () => {
    expect(onlyTurn("err401.jsonl").events.filter(({ type }) => type === "message")).toEqual([]);
  });
});

describe("a line of a later version", () => {
  it("becomes raw when its type is not known", () => {
    const line = { type: "hologram", shape: "cube" };
    expect(createDecoder()(line).events).toEqual([
      { type: "raw", data: { source: "claude", payload: line } },
    ]);
    expect(createDecoder()("text").events).toEqual([
      { type: "raw", data: { source: "claude", payload: "text" } },
    ]);
  });

  it("ends the turn when it is a result, whatever else is in it", () => {
    expect(createDecoder()({ type: "result", outcome: "fine" }).result).toMatchObject({ is_error: true });
  });
});

describe("who pays", () => {
  const cases = [
    [{ apiKeySource: "ANTHROPIC_API_KEY", apiProvider: "firstParty" }, "api_key"],
    [{ tokenSource: "apiKeyHelper", apiKeySource: "apiKeyHelper" }, "api_key"],
    [{ subscriptionType: "Claude Max", apiProvider: "firstParty" }, "subscription"],
    [{ tokenSource: "CLAUDE_CODE_OAUTH_TOKEN", apiProvider: "firstParty" }, "subscription"],
    [{ tokenSource: "ANTHROPIC_AUTH_TOKEN", apiProvider: "firstParty" }, "unknown"],
    [{ tokenSource: "none", apiProvider: "firstParty" }, "unknown"],
    [{ tokenSource: "none", apiProvider: "bedrock" }, "unknown"],
    [{}, "unknown"],
  ] as const;
  for (const [account, payer] of cases) {
    it(`is ${payer} for ${JSON.stringify(account)}`, () => {
      expect(billedTo(account)).toBe(payer);
    });
  }
});

function summaryOf({ type, data }: AgentEvent): string {
  if (type === "tool.started") return `${data.kind} ${data.name} ${data.summary}`;
  if (type === "tool.finished") return data.outcome;
  if (type === "file.changed") return `${data.kind} ${data.path}`;
  return "text" in data ? data.text : JSON.stringify(data);
}
