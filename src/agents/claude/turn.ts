import { randomUUID } from "node:crypto";

import { BatonError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { ChildExit } from "../../process/child.ts";
import { firstPoints } from "../../core/text.ts";
import type { Line } from "../../process/json-lines.ts";
import type { Image, JsonSchema, Turn, TurnOptions, TurnOutcome } from "../driver.ts";
import { notRunning } from "../failed-turn.ts";
import { createApprovals, type Standing } from "./approvals.ts";
import { explained, type Choices } from "./choices.ts";
import type { ClaudeProcess, Decide } from "./claude-process.ts";
import { createDecoder, SOURCE, type Begun, type Decoded } from "./decode.ts";
import { crashFailure, schemaFailure } from "./failure.ts";
import { createMessages } from "./messages.ts";
import { billedTo, usageOfAll } from "./usage.ts";
import { readWithdrawn, type Result } from "./wire.ts";

export interface TurnRequest {
  readonly claude: ClaudeProcess;
  readonly nativeId: string;
  /** The JSON Schema that the answer has to follow. */
  readonly schema: JsonSchema | null;
  readonly prompt: string;
  readonly images: readonly Image[];
  readonly choices: Choices;
  readonly onEvent: (event: AgentEvent) => void;
  readonly standing: Standing;
  readonly onRequest: NonNullable<TurnOptions["onRequest"]> | null;
}

/** A turn, and the ear for what happens to its process. */
export interface RunningTurn extends Turn {
  hear(line: Line): void;
  /** Decides about what Claude Code asks in it. */
  readonly decide: Decide;
  /** Its process has ended; `asked` when we ended it. */
  processEnded(exit: ChildExit, asked: "asked" | "unasked"): void;
}

/** Sends one prompt and follows what Claude Code says until it reports the result of it and of all that was added. */
export function startTurn(request: TurnRequest): RunningTurn {
  const { claude, nativeId, schema, prompt, choices, onEvent } = request;
  const { promise: outcome, resolve } = Promise.withResolvers<TurnOutcome>();
  const began = Promise.withResolvers<void>();
  const decode = createDecoder();
  const promptId = randomUUID();
  const messages = createMessages(promptId);
  const approvals = createApprovals(request.standing, request.onRequest, outcome);
  let isSettled = false;
  let isInterrupted = false;
  let problem: string | null = null;

  function settle(result: TurnOutcome): void {
    if (isSettled) return;
    isSettled = true;
    began.resolve();
    messages.end();
    resolve(result);
  }

  function emit(event: AgentEvent): void {
    if (event.type === "tool.started") claude.tree?.toolStarted();
    if (event.type === "tool.finished") claude.tree?.toolFinished();
    onEvent(event);
  }

  function follow({ events, begun, message, result, ...decoded }: Decoded): void {
    for (const event of events) emit(event);
    problem = decoded.problem ?? problem;
    if (begun !== null) begin(begun);
    if (message !== null) messages.heard(message);
    if (result !== null) messages.answered(result);
    const results = messages.settled();
    if (results !== null) settle(outcomeOf(results));
  }

  function begin({ sessionId, tools }: Begun): void {
    began.resolve();
    if (sessionId !== nativeId) {
      const message = `Claude Code opened the conversation ${sessionId} in place of ${nativeId}.`;
      refuse(new BatonError("agent_error", message, { hint: UPDATE_HINT }));
    } else if (schema !== null && !tools.includes(ANSWER_TOOL)) {
      // It passes over a schema that it cannot use, in silence (2.1.330).
      const message = "Claude Code cannot hold its answer to this JSON Schema.";
      refuse(new BatonError("invalid_argument", message, { hint: SCHEMA_HINT }));
    }
  }

  function refuse({ error }: BatonError): void {
    settle({ status: "failed", error, usage: null });
    void claude.stop();
  }

  function outcomeOf(results: readonly Result[]): TurnOutcome {
    const usage = usageOfAll(results, billedTo(claude.account));
    const last = results.at(-1);
    if (last === undefined || (isInterrupted && (last.is_error || messages.wasWithdrawn()))) {
      return { status: "interrupted", usage };
    }
    if (last.is_error)
      return { status: "failed", error: explained(last, { problem, choices, claude }), usage };
    if (schema === null) return { status: "completed", answer: last.result ?? "", usage };
    if (last.structured_output === undefined) return { status: "failed", error: schemaFailure(last), usage };
    return { status: "completed", answer: JSON.stringify(last.structured_output), usage };
  }

  function say(uuid: string, text: string, images: readonly Image[] = []): void {
    claude.send({
      type: "user",
      uuid,
      message: { role: "user", content: [...images.map(imageBlock), { type: "text", text }] },
      parent_tool_use_id: null,
      session_id: nativeId,
      // A prompt is words: no slash command of the repository, no file that an @ names without a permission check.
      client_composed: true,
    });
  }

  say(promptId, prompt, request.images);

  return {
    outcome,
    hear: (line) => {
      if (isSettled) return;
      if (line.kind !== "json") return emit(unreadable(line));
      const withdrawn = readWithdrawn(line.value);
      if (withdrawn === null) follow(decode(line.value));
      else approvals.withdraw(withdrawn);
    },
    decide: (asked) => approvals.answer(asked),
    processEnded: (exit, asked) => {
      if (asked === "asked") settle({ status: "interrupted", usage: null });
      else settle({ status: "failed", error: crashFailure(exit, claude.stderr()), usage: null });
    },
    steer: async (text) => {
      await began.promise;
      if (isSettled || isInterrupted) throw notRunning();
      if (!messages.areTold()) throw cannotSteer();
      const id = randomUUID();
      const taken = messages.sent(id);
      say(id, text);
      if (!(await taken)) throw notRunning();
    },
    interrupt: async () => {
      // Before the turn has begun there is nothing to interrupt, and the prompt would be taken afterwards.
      await began.promise;
      if (isSettled) return;
      isInterrupted = true;
      // What was added and still waits goes with the turn; else it would be taken up right after.
      await claude.control({ subtype: "interrupt", cancel_queued: true });
    },
  };
}

/** The tool by which Claude Code 2.1.330 takes an answer that follows a schema. */
const ANSWER_TOOL = "StructuredOutput";
const SCHEMA_HINT = "Give a valid JSON Schema whose root has the type object.";
/** How much of a line that is no message is kept, in code points. */
const NOISE_KEPT = 2_000;
const UPDATE_HINT = "Update Claude Code and Baton, or start a new session.";

function unreadable(line: Exclude<Line, { kind: "json" }>): AgentEvent {
  if (line.kind === "noise")
    return { type: "raw", data: { source: SOURCE, payload: firstPoints(line.text, NOISE_KEPT) } };
  return { type: "warning", data: { message: "Claude Code wrote a line that is too long to be kept." } };
}

function imageBlock({ type, content }: Image): Readonly<Record<string, unknown>> {
  const data = Buffer.from(content).toString("base64");
  return { type: "image", source: { type: "base64", media_type: type, data } };
}

function cannotSteer(): BatonError {
  return new BatonError(
    "invalid_argument",
    "This Claude Code does not tell what becomes of a message that is sent while it works.",
    { hint: "Update it with `claude update`, or ask in the same session when the task has ended." },
  );
}
