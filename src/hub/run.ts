import { isDeepStrictEqual } from "node:util";
import type { AgentRequest, Conversation, RequestAnswer, Turn, TurnOutcome } from "../agents/driver.ts";
import { notRunning } from "../agents/failed-turn.ts";
import type { Usage } from "../contracts/task.ts";
import { errorOf, taskError, type TaskError } from "../contracts/error.ts";
import type { AgentEvent, TaskEventBody } from "../contracts/event.ts";
import {
  answered,
  asked,
  judge,
  observe,
  startWatch,
  type TaskLimits,
  type Watch,
} from "../core/watchdog.ts";
import { limit } from "../process/limit.ts";
import type { TurnContent } from "./attachments.ts";
import { NOT_KEPT, type Warmth } from "./conversations.ts";
import { createEventWriter } from "./event-writer.ts";
import { openOrRebuild, type Opened, type OpeningRequest } from "./rebuild.ts";

/** How long an agent that was told to stop may take before its process is ended, in milliseconds. */
const INTERRUPT_GRACE_MS = 3_000;

/** Everything that one run of a task needs. */
export interface RunRequest extends Omit<OpeningRequest, "prompt"> {
  /** What the turn begins with, worked out when it is about to. */
  readonly content: () => Promise<TurnContent>;
  readonly limits: TaskLimits;
  readonly warmth: Warmth;
  /** Sees to what the conversation needs to be there before it is opened. */
  readonly prepare: () => Promise<void>;
  /** A look at the files before the prompt is sent. */
  readonly look: () => Promise<void>;
  /** When the turn is over: what there is to write before how it ended. Never rejects. */
  readonly conclude: () => Promise<readonly TaskEventBody[]>;
  readonly onNativeId: (nativeId: string) => void;
  /** Adds to an error what can be done here about it. */
  readonly advise: (error: TaskError, nativeId: string) => Promise<TaskError>;
  readonly onRequest: (request: AgentRequest, withdrawn?: AbortSignal) => Promise<RequestAnswer>;
  /** Called when the turn is over, before that is written. */
  readonly onTurnEnd: () => void;
}

/** A task under way. */
export interface Run {
  /** Resolves when the task is final and its session is free again. Never rejects. */
  readonly done: Promise<void>;
  cancel(): void;
  /** Ends it as failed, for a reason that is not its own. */
  stop(error: TaskError): void;
  /**
   * Adds a message to the running turn.
   * @throws BatonError `conflict` when there is no turn (yet, or any more), `invalid_argument` when the agent cannot.
   */
  steer(text: string): Promise<void>;
}

/** Why a run was stopped from outside. */
type Stop = { readonly kind: "cancelled" } | { readonly kind: "stopped"; readonly error: TaskError };

/** Runs one task: opens its conversation, sends the prompt, watches the limits, writes how it ended. */
export function startRun(request: RunRequest): Run {
  const stop = Promise.withResolvers<Stop>();
  const watchdog = createWatchdog(request.limits, (error) => stop.resolve({ kind: "stopped", error }));
  const writer = createEventWriter(request.write);
  const said: Said = { message: null, usage: null };
  const onEvent = (event: AgentEvent) => {
    watchdog.observe(event);
    if (event.type === "message") said.message = event.data.text;
    if (event.type === "usage") said.usage = event.data;
    writer.add(event);
  };
  const turn: RunningTurn = { current: null };
  const output = { said, turn, onEvent, flush: writer.flush };
  const onRequest: RunRequest["onRequest"] = (asked, withdrawn) =>
    watchdog.whileAsked(request.onRequest(asked, withdrawn));
  return {
    done: perform({ ...request, onRequest }, stop.promise, output).finally(() => watchdog.end()),
    cancel: () => stop.resolve({ kind: "cancelled" }),
    stop: (error) => stop.resolve({ kind: "stopped", error }),
    steer: async (text) => {
      if (turn.current === null) throw notRunning();
      await turn.current.steer(text);
    },
  };
}

/** A run that was over before it began. */
export function endedRun(): Run {
  return {
    done: Promise.resolve(),
    cancel: () => undefined,
    stop: () => undefined,
    steer: async () => {
      throw notRunning();
    },
  };
}

/** What stands in the log last of its kind. */
interface Said {
  message: string | null;
  usage: Usage | null;
}

/** The turn while there is one. */
interface RunningTurn {
  current: Turn | null;
}

interface Output {
  readonly said: Said;
  readonly turn: RunningTurn;
  readonly onEvent: (event: AgentEvent) => void;
  readonly flush: () => void;
}

async function perform(request: RunRequest, stopped: Promise<Stop>, output: Output): Promise<void> {
  const { session, conversations, write } = request;
  write([status("working")]);
  const opening = openWith(request);
  const opened = await firstOf(opening, stopped);
  if (opened.kind !== "value") {
    write([opened.kind === "stopped" ? stopStatus(opened.stop) : failed(opened.error)]);
    // The conversation that opens too late is closed as soon as it is there.
    await opening.catch(() => undefined);
    await conversations.release(session, NOT_KEPT);
    return;
  }
  const { conversation, prompt, images } = opened.value;
  request.onNativeId(conversation.nativeId);
  const turn = conversation.run(prompt, output.onEvent, { images, onRequest: request.onRequest });
  output.turn.current = turn;
  const ended = await firstOf(turn.outcome, stopped);
  const stop = ended.kind === "stopped" ? ended.stop : null;
  const outcome = await advised(
    request,
    conversation.nativeId,
    ended.kind === "value" ? ended.value : await endTurn(turn, conversation),
  );
  output.turn.current = null;
  request.onTurnEnd();
  output.flush();
  write(await request.conclude());
  write(closingEvents(outcome, stop, output.said));
  await conversations.release(session, request.warmth);
}

async function openWith(request: RunRequest): Promise<Opened & Pick<TurnContent, "images">> {
  await request.prepare();
  const { prompt, images } = await request.content();
  const [opened] = await Promise.all([openOrRebuild({ ...request, prompt }), request.look()]);
  return { ...opened, images };
}

async function advised(
  { advise }: Pick<RunRequest, "advise">,
  nativeId: string,
  outcome: TurnOutcome,
): Promise<TurnOutcome> {
  return outcome.status === "failed" ? { ...outcome, error: await advise(outcome.error, nativeId) } : outcome;
}

type First<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "failed"; readonly error: TaskError }
  | { readonly kind: "stopped"; readonly stop: Stop };

async function firstOf<T>(work: Promise<T>, stopped: Promise<Stop>): Promise<First<T>> {
  return Promise.race([
    work.then(
      (value): First<T> => ({ kind: "value", value }),
      (error: unknown): First<T> => ({ kind: "failed", error: errorOf(error, "agent_error") }),
    ),
    stopped.then((stop): First<T> => ({ kind: "stopped", stop })),
  ]);
}

/**
 * Interrupts the turn; an agent that does not obey loses its process. Gives how the turn ended, as interrupted when
 * even that did not end it: nothing waits for ever.
 */
async function endTurn(turn: Turn, conversation: Conversation): Promise<TurnOutcome> {
  const interrupted: TurnOutcome = { status: "interrupted", usage: null };
  turn.interrupt().catch(() => undefined);
  const obeyed = await Promise.race([turn.outcome, limit(INTERRUPT_GRACE_MS)]);
  if (obeyed !== undefined) return obeyed;
  await Promise.race([conversation.close(), limit(INTERRUPT_GRACE_MS)]);
  return (await Promise.race([turn.outcome, limit(INTERRUPT_GRACE_MS)])) ?? interrupted;
}

function closingEvents(outcome: TurnOutcome, stop: Stop | null, said: Said): readonly TaskEventBody[] {
  const isNew = outcome.usage !== null && !isDeepStrictEqual(outcome.usage, said.usage);
  const usage: TaskEventBody[] = isNew ? [{ type: "usage", data: outcome.usage }] : [];
  // What was finished before the interruption came is finished.
  if (outcome.status === "completed") {
    const answer: TaskEventBody = { type: "message", data: { text: outcome.answer } };
    return [...usage, ...(said.message === outcome.answer ? [] : [answer]), status("completed")];
  }
  if (stop !== null) return [...usage, stopStatus(stop)];
  if (outcome.status === "failed") return [...usage, failed(outcome.error)];
  return [...usage, status("cancelled")];
}

function status(value: "working" | "completed" | "cancelled"): TaskEventBody {
  return { type: "task.status", data: { status: value, error: null } };
}

function failed(error: TaskError): TaskEventBody {
  return { type: "task.status", data: { status: "failed", error } };
}

function stopStatus(stop: Stop): TaskEventBody {
  return stop.kind === "cancelled" ? status("cancelled") : failed(stop.error);
}

function createWatchdog(limits: TaskLimits, onOver: (error: TaskError) => void) {
  let watch = startWatch(performance.now());
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = () => {
    const verdict = judge(watch, limits, performance.now());
    if (verdict.kind === "over") onOver(timeoutError(verdict.limit, limits));
    else timer = setTimeout(look, Math.max(1, Math.ceil(verdict.until - performance.now())));
  };
  const change = (next: Watch) => {
    watch = next;
    clearTimeout(timer);
    if (!isOver) look();
  };
  look();
  return {
    observe: (event: AgentEvent): void => change(observe(watch, event, performance.now())),
    /** The agent waits for somebody's answer: its silence does not count meanwhile. */
    async whileAsked<T>(answer: Promise<T>): Promise<T> {
      change(asked(watch));
      return answer.finally(() => change(answered(watch, performance.now())));
    },
    end(): void {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function timeoutError(limit: "wall" | "idle", limits: TaskLimits): TaskError {
  if (limit === "wall") {
    return taskError("agent_timeout", `the task took longer than its limit of ${seconds(limits.wallMs)}`, {
      hint: "Continue the session to go on from where it stopped, or give --timeout or [limits] task_timeout more time.",
    });
  }
  return taskError("agent_timeout", `the agent was silent for ${seconds(limits.idleMs)}`, {
    hint: "Continue the session to go on, or give [limits] idle_timeout more time.",
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
