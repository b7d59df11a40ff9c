import path from "node:path";
import { BatonError, taskError, type TaskError } from "../../contracts/error.ts";
import type { TaskEventBody } from "../../contracts/event.ts";
import type { Caller, StartTask } from "../../contracts/rpc.ts";
import { headingOf } from "../../core/panel.ts";
import { BROKEN_OFF, stepPrompt, type RelayStep } from "../../core/relay/plan.ts";
import { shortened } from "../../core/text.ts";
import { makeFolder } from "../../handoff/artifact/write.ts";
import type { StoredRelay } from "../../store/relays.ts";
import type { NewTask, StoredTask } from "../../store/tasks.ts";
import { cancelTask } from "../cancel.ts";
import { runCoordinator, type Coordinated } from "../coordinator-run.ts";
import { endOf } from "../final.ts";
import type { Run } from "../run.ts";
import { found, startTask } from "../start-task.ts";
import type { HubState } from "../state.ts";
import { failed, status } from "../status-events.ts";
import type { Asker } from "../viewer.ts";
import { carryOver, type CarriedOver } from "./carry.ts";

/** What a relay is run with. */
export interface RelayTerms {
  readonly relay: StoredRelay;
  /** The relay that it goes on from; null for a new one. */
  readonly before: StoredRelay | null;
  readonly steps: readonly RelayStep[];
  readonly caller: Caller;
  /** How long each step may take, in milliseconds. */
  readonly stepMs: number;
  readonly asker: Asker;
  /** Aborted when the front end that has asked is gone. */
  readonly closed: AbortSignal;
}

/** Runs a relay: has each step done that is not done yet, by an agent in a task of its own. */
export function runRelay(hub: HubState, task: NewTask, terms: RelayTerms): Run {
  return runCoordinator(hub, task, {
    outcomeOf: async (running) => outcomeOf({ ...running, terms }),
    steerInstead: () => {
      const child = hub.store.tasks.childrenOf(task.id).at(-1);
      return `Steer the task of its step: ${child?.id ?? "none has begun"}.`;
    },
  });
}

interface Running extends Coordinated {
  readonly terms: RelayTerms;
}

const NOTHING: CarriedOver = { done: [], begun: null, notes: [] };

async function outcomeOf(running: Running): Promise<TaskEventBody> {
  const { hub, task, terms, stopped, write } = running;
  const { relay, before, steps } = terms;
  await makeFolder(task.cwd, relay.folder);
  const carried = before === null ? NOTHING : await carryOver(hub, { relay: before, steps, cwd: task.cwd });
  write(carried.notes.map((message) => ({ type: "warning", data: { message } })));
  for (const { place, task: id } of carried.done) hub.store.relays.setStep(task.id, place, id);
  let ended: StoredTask | null = null;
  for (const place of steps.keys()) {
    if (place < carried.done.length) continue;
    if (stopped.aborted) return status("cancelled");
    ended = await perform(running, place, place === carried.done.length ? carried.begun : null);
    if (ended.status !== "completed") return failed(failureOf(terms, place, ended));
  }
  const lastTask = ended ?? found(hub, carried.done.at(-1)?.task ?? "");
  write([{ type: "message", data: { text: lastTask.answer ?? "" } }]);
  return status("completed");
}

/** Has one step done, and gives its task when that has ended. */
async function perform(running: Running, place: number, begun: StoredTask | null): Promise<StoredTask> {
  const { hub, task, terms, stopped, write } = running;
  const asker = { ...terms.asker, task: found(hub, task.id) };
  const request = requestFor(running, place, begun);
  const { id } = await startTask(hub, request, { asker, closed: terms.closed });
  hub.store.relays.setStep(task.id, place, id);
  const name = nameOf(terms, place);
  write([{ type: "tool.started", data: { id, kind: "agent", name, summary: id } }]);
  const cancel = () => cancelTask(hub, id);
  stopped.addEventListener("abort", cancel);
  // The relay may have been ended while the step was being started.
  if (stopped.aborted) cancel();
  const release = hub.dispatcher.awaiting(task.id, [id]);
  await endOf(hub, id);
  release();
  stopped.removeEventListener("abort", cancel);
  const ended = found(hub, id);
  write(eventsOf(terms, place, ended));
  return ended;
}

function requestFor({ task, terms }: Running, place: number, begun: StoredTask | null): StartTask {
  const { relay, steps, caller, stepMs } = terms;
  const step = stepAt(steps, place);
  const { folder } = relay;
  const words = stepPrompt(task.prompt, steps, place);
  return {
    key: `${task.id} ${place}`,
    caller,
    agent: step.agent,
    prompt: begun === null ? words : `${words}\n${BROKEN_OFF}`,
    attachments: [...relay.terms.attachments],
    reads: steps.slice(0, place).map(({ file }) => path.join(task.cwd, folder, file)),
    writes: {
      path: path.join(folder, step.file),
      sections: step.sections === null ? null : [...step.sections],
      by: step.by,
      since: begun?.id ?? null,
    },
    // What was broken off goes on where it was, with all that the agent knows of it.
    session:
      begun === null || begun.native_id === null
        ? { kind: "new" }
        : { kind: "reference", reference: begun.session },
    cwd: task.cwd,
    model: step.model,
    effort: relay.terms.effort,
    schema: null,
    access: step.access,
    isolation: { kind: "shared" },
    approvals: null,
    timeout_ms: stepMs,
  };
}

function stepAt(steps: readonly RelayStep[], place: number): RelayStep {
  const step = steps[place];
  if (step === undefined) throw new BatonError("invalid_argument", `the relay has no step ${place + 1}`);
  return step;
}

/** What a step is called, with who does it. */
function nameOf({ steps }: RelayTerms, place: number): string {
  const { title, agent, model } = stepAt(steps, place);
  return `${title} by ${model === null ? agent : `${agent}:${model}`}`;
}

const SUMMARY_LENGTH = 200;

function eventsOf(
  terms: RelayTerms,
  place: number,
  { id, status: how, answer, error }: StoredTask,
): readonly TaskEventBody[] {
  const name = nameOf(terms, place);
  const isDone = how === "completed";
  const file = path.join(terms.relay.folder, stepAt(terms.steps, place).file);
  const summary = isDone ? `${name} has written ${file}` : `${name} is not done: ${error?.message ?? how}`;
  const said: TaskEventBody = {
    type: "message.delta",
    data: { text: `${headingOf(name, id)}\n\n${answer ?? ""}\n\n` },
  };
  const finished: TaskEventBody = {
    type: "tool.finished",
    data: { id, outcome: isDone ? "ok" : "failed", summary: shortened(summary, SUMMARY_LENGTH) },
  };
  return isDone ? [said, finished] : [finished];
}

function failureOf({ steps, relay }: RelayTerms, place: number, { id, error }: StoredTask): TaskError {
  const { title, agent } = stepAt(steps, place);
  const why = error === null ? "was cancelled" : `has failed: ${error.message}`;
  const { code = "agent_error" as const, retryable = true } = error ?? {};
  const hint = error?.hint ?? null;
  return taskError(code, `step ${place + 1} of ${steps.length}, ${title} (${agent}, ${id}), ${why}`, {
    hint: `\`baton relay --resume ${relay.task}\` goes on at this step.${hint === null ? "" : ` ${hint}`}`,
    retryable,
  });
}
