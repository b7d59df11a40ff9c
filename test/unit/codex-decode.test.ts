import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { decode, newTurn, type TurnEnd, type TurnState } from "../../src/agents/codex/decode.ts";
import { turnFailure } from "../../src/agents/codex/failure.ts";
import type { Notification } from "../../src/agents/codex/rpc.ts";
import { agentEventSchema, type AgentEvent } from "../../src/contracts/event.ts";

const notificationSchema = z.object({ method: z.string(), params: z.unknown() });

/** Output of Codex 0.169.0's app-server on the offline model, one notification a line. */
function recorded(name: string): readonly Notification[] {
  const file = path.join(import.meta.dirname, "fixtures", "codex", `${name}.jsonl`);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => notificationSchema.parse(JSON.parse(line)));
}

interface Read {
  readonly state: TurnState;
  readonly events: readonly AgentEvent[];
  readonly end: TurnEnd | null;
}

function readAll(notifications: readonly Notification[]): Read {
  const nothing: Read = { state: newTurn("subscription"), events: [], end: null };
  return notifications.reduce<Read>((before, notification) => {
    const { state, events, end } = decode(before.state, notification);
    return { state, events: [...before.events, ...events], end: end ?? before.end };
  }, nothing);
}

describe("a recorded turn", () => {
  it("with tools becomes events, the answer and the turn's own usage", () => {
    const { state, events, end } = readAll(recorded("tools"));
    const told = events.filter(({ type }) => type !== "usage");
    const id = expect.any(String);
    expect(told).toEqual([
      { type: "reasoning", data: { text: "Look first." } },
      { type: "message.delta", data: { text: "I look." } },
      { type: "message", data: { text: "I look." } },
      {
        type: "tool.started",
        data: { id, kind: "command", name: "shell", summary: "/bin/bash -c 'cat README.md'" },
      },
      {
        type: "tool.finished",
        data: { id, outcome: "ok", summary: "exit 0: The lighthouse is green." },
      },
      { type: "tool.started", data: expect.objectContaining({ kind: "command" }) },
      { type: "tool.finished", data: expect.objectContaining({ outcome: "failed" }) },
      {
        type: "tool.started",
        data: { id, kind: "mcp", name: "probe.write", summary: '{"text":"hi"}' },
      },
      { type: "tool.finished", data: { id, outcome: "ok", summary: "" } },
      { type: "message.delta", data: { text: "All " } },
      { type: "message.delta", data: { text: "seen" } },
      { type: "message.delta", data: { text: "." } },
      { type: "message", data: { text: "All seen." } },
    ]);
    expect(state).toMatchObject({ answer: "All seen.", openTools: [] });
    expect(state.usage).toEqual({
      input_tokens: 500,
      cached_input_tokens: 370,
      output_tokens: 21,
      cost_usd: null,
      billed_to: "subscription",
    });
    expect(events.findLast(({ type }) => type === "usage")?.data).toEqual(state.usage);
    expect(end).toEqual({ status: "completed", error: null });
  });

  it("that changes files tells each change, a moved file as one gone and one new", () => {
    const changes = readAll(recorded("changes")).events.filter(({ type }) => type === "file.changed");
    expect(changes.map(({ data }) => data)).toEqual([
      { path: "/sandbox/home/work/README.md", kind: "update" },
      { path: "/sandbox/home/work/new.txt", kind: "add" },
      { path: "/sandbox/home/work/README.md", kind: "delete" },
      { path: "/sandbox/home/work/MOVED.md", kind: "add" },
      { path: "/sandbox/home/work/new.txt", kind: "delete" },
    ]);
  });

  it("that was interrupted has no open tool left", () => {
    const { state, events, end } = readAll(recorded("interrupted"));
    expect(events.filter(({ type }) => type === "tool.finished")).toMatchObject([
      { data: { outcome: "failed" } },
    ]);
    expect(state.answer).toBeNull();
    expect(end).toEqual({ status: "interrupted", error: null });
  });

  it("that failed after a retry warns of the retry and fails in Codex's words", () => {
    const { events, end } = readAll(recorded("retried"));
    expect(events).toEqual([
      { type: "warning", data: { message: expect.stringMatching(/^Reconnecting... 1\/1: .*high demand/) } },
    ]);
    expect(turnFailure(end?.error)).toMatchObject({ code: "agent_error", retryable: true });
  });

  it("without the right to a command or a patch tells only what was said", () => {
    const { events } = readAll(recorded("denied"));
    expect(events.filter(({ type }) => type.startsWith("tool."))).toEqual([]);
    expect(readAll(recorded("unauthorized")).end?.error).toMatchObject({
      message: expect.stringContaining("401"),
    });
  });

  it("consists of valid events throughout", () => {
    for (const name of ["tools", "changes", "interrupted", "retried", "denied", "unauthorized"]) {
      for (const event of readAll(recorded(name)).events)
        expect(agentEventSchema.parse(event)).toEqual(event);
    }
  });
});

describe("what is not known", () => {
  const unknown: readonly Notification[] = [
    { method: "turn/levitated", params: { turnId: "t", height: 2 } },
    { method: "item/agentMessage/delta", params: { turnId: "t", delta: { text: "in another form" } } },
    { method: "item/completed", params: { turnId: "t" } },
    { method: "toString", params: null },
  ];
  for (const notification of unknown) {
    it(`is kept as it is: ${JSON.stringify(notification)}`, () => {
      const { method, params } = notification;
      expect(readAll([notification]).events).toEqual([
        { type: "raw", data: { source: "codex", payload: { method, params } } },
      ]);
    });
  }

  const item = { type: "hologram", id: "h1", depth: 3 };
  it("is kept as it is when it is a finished item, and passed over when one has only begun", () => {
    const events = readAll([
      { method: "item/started", params: { item } },
      { method: "item/completed", params: { item } },
    ]).events;
    expect(events).toEqual([{ type: "raw", data: { source: "codex", payload: { item } } }]);
  });
});

describe("an item that no sample shows", () => {
  const finished = (item: object) =>
    readAll([{ method: "item/completed", params: { item: { id: "i", ...item } } }]).events;

  it("that was declined is a denied tool, and its changes did not happen", () => {
    const changes = [{ path: "/a", kind: { type: "add" }, diff: "" }];
    expect(finished({ type: "fileChange", status: "declined", changes })).toEqual([
      { type: "tool.finished", data: { id: "i", outcome: "denied", summary: "add /a" } },
    ]);
    expect(finished({ type: "commandExecution", status: "declined", command: "rm x" })).toMatchObject([
      { data: { outcome: "denied" } },
    ]);
  });

  it("that failed in an MCP server says how", () => {
    const call = {
      type: "mcpToolCall",
      server: "s",
      tool: "t",
      status: "failed",
      error: { message: "broken" },
    };
    expect(finished(call)).toEqual([
      { type: "tool.finished", data: { id: "i", outcome: "failed", summary: "broken" } },
    ]);
  });

  it("of a search, a sub-agent or a dynamic tool is a tool", () => {
    const started = (given: object) =>
      readAll([{ method: "item/started", params: { item: { id: "i", ...given } } }]).events;
    expect([
      ...started({ type: "webSearch", query: "lighthouses" }),
      ...started({ type: "collabAgentToolCall", tool: "spawnAgent", status: "inProgress" }),
      ...started({ type: "dynamicToolCall", tool: "any", status: "inProgress" }),
    ]).toMatchObject([
      { data: { kind: "search" } },
      { data: { kind: "agent" } },
      { data: { kind: "other" } },
    ]);
  });

  it("with a very long command is cut in its summary", () => {
    const [event] = finished({
      type: "commandExecution",
      status: "completed",
      command: "x",
      exitCode: 0,
      aggregatedOutput: "y".repeat(5000),
    });
    expect(event?.type === "tool.finished" && event.data.summary.length).toBe(500);
  });
});
