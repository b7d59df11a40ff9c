import { taskError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { ChildExit } from "../../process/child.ts";
import type { Line } from "../../process/json-lines.ts";
import type { Turn, TurnOutcome } from "../driver.ts";
import { notRunning } from "../failed-turn.ts";
import type { ClaudeProcess } from "./claude-process.ts";
import { createDecoder, SOURCE, type Decoded } from "./decode.ts";
import { crashFailure, turnFailure } from "./failure.ts";
import { billedTo, usageOf } from "./usage.ts";
import type { Result } from "./wire.ts";

export interface TurnRequest {
  readonly claude: ClaudeProcess;
  readonly nativeId: string;
  readonly prompt: string;
  readonly onEvent: (event: AgentEvent) => void;
}

/** A turn, and the ear for what happens to its process. */
export interface RunningTurn extends Turn {
  hear(line: Line): void;
  /** Its process has ended; `asked` when we ended it. */
  processEnded(exit: ChildExit, asked: "asked" | "unasked"): void;
}

/** Sends one prompt and follows what Claude Code says until it reports the result. */
export function startTurn({ claude, nativeId, prompt, onEvent }: TurnRequest): RunningTurn {
  const { promise: outcome, resolve } = Promise.withResolvers<TurnOutcome>();
  const began = Promise.withResolvers<void>();
  const decode = createDecoder();
  let isSettled = false;
  let isInterrupted = false;

  function settle(result: TurnOutcome): void {
    isSettled = true;
    began.resolve();
    resolve(result);
  }

  function emit(event: AgentEvent): void {
    if (event.type === "tool.started") claude.tree?.toolStarted();
    if (event.type === "tool.finished") claude.tree?.toolFinished();
    onEvent(event);
  }

  function follow({ events, sessionId, result }: Decoded): void {
    for (const event of events) emit(event);
    if (sessionId !== null) begin(sessionId);
    if (result !== null && !isSettled) settle(outcomeOf(result));
  }

  function begin(sessionId: string): void {
    began.resolve();
    if (sessionId === nativeId) return;
    const message = `Claude Code opened the conversation ${sessionId} in place of ${nativeId}.`;
    settle({
      status: "failed",
      error: taskError("agent_error", message, { hint: UPDATE_HINT }),
      usage: null,
    });
    void claude.stop();
  }

  function outcomeOf(result: Result): TurnOutcome {
    const usage = usageOf(result, billedTo(claude.account));
    if (!result.is_error) return { status: "completed", answer: result.result ?? "", usage };
    if (isInterrupted) return { status: "interrupted", usage };
    return { status: "failed", error: turnFailure(result), usage };
  }

  function say(text: string): void {
    claude.send({
      type: "user",
      message: { role: "user", content: [{ type: "text", text }] },
      parent_tool_use_id: null,
      session_id: nativeId,
      // A prompt is words: no slash command of the repository, no file that an @ names without a permission check.
      client_composed: true,
    });
  }

  say(prompt);

  return {
    outcome,
    hear: (line) => {
      if (isSettled) return;
      if (line.kind === "json") follow(decode(line.value));
      else emit(unreadable(line));
    },
    processEnded: (exit, asked) => {
      if (isSettled) return;
      if (asked === "asked") settle({ status: "interrupted", usage: null });
      else settle({ status: "failed", error: crashFailure(exit, claude.stderr()), usage: null });
    },
    steer: async (text) => {
      await began.promise;
      if (isSettled) throw notRunning();
      say(text);
    },
    interrupt: async () => {
      // Before the turn has begun there is nothing to interrupt, and the prompt would be taken afterwards.
      await began.promise;
      if (isSettled) return;
      isInterrupted = true;
      await claude.control("interrupt");
    },
  };
}

const UPDATE_HINT = "Update Claude Code and Baton, or start a new session.";

function unreadable(line: Exclude<Line, { kind: "json" }>): AgentEvent {
  if (line.kind === "noise") return { type: "raw", data: { source: SOURCE, payload: line.text } };
  return { type: "warning", data: { message: "Claude Code wrote a line that is too long to be kept." } };
}
