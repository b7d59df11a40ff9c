import { isDeepStrictEqual } from "node:util";
import type { AgentRequest, Conversation, RequestAnswer, Turn, TurnOutcome } from "../agents/driver.ts";
import { notRunning } from "../agents/failed-turn.ts";
import type { Usage } from "../contracts/task.ts";
import { errorOf, type TaskError } from "../contracts/error.ts";
import type { AgentEvent, TaskEventBody } from "../contracts/event.ts";
import type { TaskLimits } from "../core/watchdog.ts";
import { sumOfUsage } from "../core/panel.ts";
import { limit } from "../process/limit.ts";
import type { TurnContent } from "./attachments.ts";
import { NOT_KEPT, type Warmth } from "./conversations.ts";
import { createEventWriter } from "./event-writer.ts";
import { failed, status } from "./status-events.ts";
import { createWatchdog } from "./task-watchdog.ts";
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
  /** Looks at what a completed turn was to leave behind. Never rejects. */
  readonly check: (answer: string) => Promise<Verdict>;
  /** When the last turn is over: what there is to write before how it ended. Never rejects. */
  readonly conclude: () => Promise<readonly TaskEventBody[]>;
  readonly onNativeId: (nativeId: string) => void;
  /** Adds to an error what can be done here about it. */
  readonly advise: (error: TaskError, nativeId: string) => Promise<TaskError>;
  readonly onRequest: (request: AgentRequest, withdrawn?: AbortSignal) => Promise<RequestAnswer>;
  /** Called when the turn is over, before that is written. */
  readonly onTurnEnd: () => void;
}

/** What is said of a turn that has completed. */
export type Verdict =
  | { readonly kind: "done" }
  /** The conversation goes on with one more turn; `why` is told to whoever looks at the task. */
  | { readonly kind: "again"; readonly prompt: string; readonly why: string }
  | { readonly kind: "failed"; readonly error: TaskError };

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
  const said: Said = { message: null, usage: null, before: null };
  const onEvent = (told: AgentEvent) => {
    watchdog.observe(told);
    const event = told.type === "usage" ? { ...told, data: withEarlier(said, told.data) } : told;
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
  /** What the turns before this one have used. */
  before: Usage | null;
}

/** Agents tell what a turn has used; a task has what all of its turns have. */
function withEarlier({ before }: Said, usage: Usage): Usage {
  return sumOfUsage([before, usage]) ?? usage;
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
  const take = async (words: string, shown: TurnContent["images"]) =>
    takeTurn(request, { conversation, prompt: words, images: shown, stopped }, output);
  let ended = await take(prompt, images);
  for (;;) {
    const { outcome, stop } = ended;
    if (outcome.status !== "completed") break;
    const verdict = await request.check(outcome.answer);
    if (verdict.kind === "done") break;
    if (stop !== null) {
      ended = { outcome: { status: "interrupted", usage: outcome.usage }, stop };
      break;
    }
    if (verdict.kind === "failed") {
      ended = { outcome: { status: "failed", error: verdict.error, usage: outcome.usage }, stop };
      break;
    }
    write([{ type: "warning", data: { message: verdict.why } }]);
    output.said.before = output.said.usage;
    ended = await take(verdict.prompt, []);
  }
  write(await request.conclude());
  write(closingEvents(ended.outcome, ended.stop, output.said));
  await conversations.release(session, request.warmth);
}

interface TurnRequest extends TurnContent {
  readonly conversation: Conversation;
  readonly stopped: Promise<Stop>;
}

/** How a turn ended, and whether it was stopped from outside. */
interface EndedTurn {
  readonly outcome: TurnOutcome;
  readonly stop: Stop | null;
}

async function takeTurn(
  request: RunRequest,
  { conversation, prompt, images, stopped }: TurnRequest,
  { turn: running, said, onEvent, flush }: Output,
): Promise<EndedTurn> {
  const turn = conversation.run(prompt, onEvent, { images, onRequest: request.onRequest });
  running.current = turn;
  const ended = await firstOf(turn.outcome, stopped);
  const stop = ended.kind === "stopped" ? ended.stop : null;
  const outcome = await advised(
    request,
    conversation.nativeId,
    ended.kind === "value" ? ended.value : await endTurn(turn, conversation),
  );
  running.current = null;
  request.onTurnEnd();
  flush();
  const { usage } = outcome;
  if (usage === null) return { outcome, stop };
  const total = withEarlier(said, usage);
  if (!isDeepStrictEqual(total, said.usage)) request.write([{ type: "usage", data: total }]);
  said.usage = total;
  return { outcome, stop };
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
  // What was finished before the interruption came is finished.
  if (outcome.status === "completed") {
    const answer: TaskEventBody = { type: "message", data: { text: outcome.answer } };
    return [...(said.message === outcome.answer ? [] : [answer]), status("completed")];
  }
  if (stop !== null) return [stopStatus(stop)];
  if (outcome.status === "failed") return [failed(outcome.error)];
  return [status("cancelled")];
}

function stopStatus(stop: Stop): TaskEventBody {
  return stop.kind === "cancelled" ? status("cancelled") : failed(stop.error);
}
