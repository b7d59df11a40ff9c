import { setTimeout as delay } from "node:timers/promises";
import { errorOf, taskError, type TaskError } from "../../contracts/error.ts";
import type { StartTask } from "../../contracts/rpc.ts";
import { isFinal } from "../../contracts/task.ts";
import { judgePanel, type PanelRules, type Reply } from "../../core/panel.ts";
import type { NewTask } from "../../store/tasks.ts";
import { cancelTask, failTask } from "../cancel.ts";
import { endOf } from "../final.ts";
import { startTask } from "../start-task.ts";
import type { HubState } from "../state.ts";
import type { Asker } from "../viewer.ts";
import type { Seat } from "./plan.ts";

export interface GatherRequest {
  readonly panel: NewTask;
  readonly seats: readonly Seat[];
  readonly requestFor: (seat: Seat) => StartTask;
  /** The panel itself, in the place of whoever has asked it. */
  readonly asker: Asker;
  /** Aborted when the front end that has asked is gone. */
  readonly closed: AbortSignal;
  readonly rules: PanelRules;
  /** Aborted when the panel is to end. */
  readonly stopped: AbortSignal;
  readonly onStart: (seat: Seat, task: string) => void;
  /** Called for each as soon as it has ended. */
  readonly onReply: (reply: Reply) => void;
}

/** Asks all seats, each in a task of its own, until the rules say that it is enough. Nothing that it began goes on then. */
export async function gather(hub: HubState, request: GatherRequest): Promise<readonly Reply[]> {
  const { panel, seats, rules, stopped, onReply } = request;
  const startedAt = performance.now();
  const replies = new Map<Seat, Reply>();
  const tasks = new Map<Seat, string>();
  let bell = Promise.withResolvers<void>();
  let quorumAt: number | null = null;
  /** Whether the others are ended since enough have answered. */
  let isSpare = false;
  const heard = (seat: Seat, reply: Reply) => {
    replies.set(seat, reply);
    const answered = [...replies.values()].filter(({ kind }) => kind === "answered").length;
    if (answered >= rules.quorum) quorumAt ??= performance.now();
    onReply(reply);
    bell.resolve();
  };
  const openTasks = () => [...tasks].flatMap(([seat, task]) => (replies.has(seat) ? [] : [task]));
  stopped.addEventListener("abort", () => bell.resolve());

  await askAll(hub, request, {
    asked: (seat, task) => {
      tasks.set(seat, task);
      void endOf(hub, task).then(() => heard(seat, replyOf(hub, seat, { task, isSpare })));
    },
    refused: (seat, error) => heard(seat, { kind: "silent", name: seat.name, task: null, error }),
  });
  const release = hub.dispatcher.awaiting(panel.id, [...tasks.values()]);
  let isOver = false;
  while (openTasks().length > 0) {
    bell = Promise.withResolvers<void>();
    const progress = { startedAt, open: openTasks().length, quorumAt };
    const verdict = judgePanel(progress, rules, performance.now());
    if (!isOver && (verdict.kind === "over" || stopped.aborted)) {
      isOver = true;
      const why = stopped.aborted || verdict.kind === "wait" ? "stopped" : verdict.why;
      isSpare = why === "enough";
      for (const task of openTasks()) end(hub, task, why, rules.limitMs);
    }
    // Those that were told to end do so by themselves.
    const ms = isOver || verdict.kind === "over" ? null : verdict.until - performance.now();
    if (openTasks().length > 0) await rung(bell.promise, ms);
  }
  release();
  return seats.flatMap((seat) => replies.get(seat) ?? []);
}

interface Outcome {
  readonly asked: (seat: Seat, task: string) => void;
  readonly refused: (seat: Seat, error: TaskError) => void;
}

/** One after the other, so that their order is that of the seats; what each does begins at once. */
async function askAll(
  hub: HubState,
  { panel, seats, requestFor, asker, closed, stopped, onStart }: GatherRequest,
  { asked, refused }: Outcome,
): Promise<void> {
  for (const [place, seat] of seats.entries()) {
    if (stopped.aborted) break;
    try {
      const { id, session } = await startTask(hub, requestFor(seat), { asker, closed });
      hub.store.panels.seat({ panel: panel.session, seat: seat.key, session, task: panel.id, place });
      onStart(seat, id);
      asked(seat, id);
    } catch (error) {
      refused(seat, errorOf(error, "agent_error"));
    }
  }
}

interface Ended {
  readonly task: string;
  readonly isSpare: boolean;
}

function replyOf(hub: HubState, { name }: Seat, { task, isSpare }: Ended): Reply {
  const row = hub.store.tasks.byId(task);
  if (row === null) return { kind: "silent", name, task, error: NOT_KEPT };
  const { status, answer, error } = row;
  if (status === "completed") return { kind: "answered", name, task, text: answer ?? "" };
  if (!isFinal(status)) return { kind: "silent", name, task, error: NOT_KEPT };
  return { kind: "silent", name, task, error: status === "cancelled" && isSpare ? SPARE : error };
}

const SPARE = taskError(
  "agent_timeout",
  "it was still at work when enough others had answered, and was ended",
);
const NOT_KEPT = taskError("lost", "what became of it could not be written down");

/** Whoever is late has run out of time; whoever is not needed any more is merely cancelled. */
function end(hub: HubState, task: string, why: "all" | "enough" | "time" | "stopped", limitMs: number): void {
  if (why !== "time") return cancelTask(hub, task);
  const seconds = Math.round(limitMs / 100) / 10;
  const error = taskError("agent_timeout", `it took longer than the panel's limit of ${seconds} s`, {
    hint: "Continue its session to go on from where it stopped, or give the panel more --timeout.",
  });
  return failTask(hub, task, error);
}

/** Waits for the bell, at most so many milliseconds; null: as long as it takes. */
async function rung(bell: Promise<void>, ms: number | null): Promise<void> {
  if (ms === null) return bell;
  const silent = new AbortController();
  const late = delay(Math.max(1, ms), undefined, { signal: silent.signal }).catch(() => undefined);
  await Promise.race([bell, late]);
  silent.abort();
  return undefined;
}
