import { lstat } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { RELAY, type Step } from "../../contracts/relay.ts";
import type { ResumeRelay, StartRelay, StartTask } from "../../contracts/rpc.ts";
import { isFinal } from "../../contracts/task.ts";
import { stepsOf, type RelayStep } from "../../core/relay/plan.ts";
import { placeIn } from "../../handoff/artifact/place.ts";
import { OWN_FOLDER } from "../../handoff/artifact/write.ts";
import type { StoredRelay } from "../../store/relays.ts";
import type { StoredTask } from "../../store/tasks.ts";
import { takeAttachments } from "../attachments.ts";
import { checkAccess, placeFor } from "../guard.ts";
import { chooseSession, sessionOf } from "../session-choice.ts";
import { assertStillAsks, callerOf, driverFor, found, keep, limitsOf, newTask } from "../start-task.ts";
import type { HubState } from "../state.ts";
import { taskBelow, type Asker } from "../viewer.ts";
import { checkDirectory } from "../working-directory.ts";
import { countedAs } from "../worktrees/counted.ts";
import { runRelay } from "./run.ts";

interface From {
  readonly asker: Asker;
  /** Aborted when the front end that asks has gone. */
  readonly closed: AbortSignal;
}

/** A relay to be: what was asked for, and the one that it goes on from. */
interface Draft extends Pick<StartTask, "key" | "caller" | "prompt" | "session" | "cwd"> {
  readonly steps: readonly Step[];
  readonly terms: StoredRelay["terms"];
  readonly folder: string | null;
  /** The relay that was broken off; null for a new one. */
  readonly before: StoredRelay | null;
}

/**
 * Stores a relay and queues it: one task whose steps are done by agents, one after the other.
 * @throws BatonError `invalid_argument`, `conflict` where one of its files is there already, and what the guard refuses to
 * the relay or to any of its steps: nothing is begun then
 */
export async function startRelay(hub: HubState, asked: StartRelay, from: From): Promise<StoredTask> {
  const { attachments, effort, timeout_ms: step_ms, ...draft } = asked;
  const terms = { attachments, effort, step_ms };
  return begin(hub, { ...draft, session: { kind: "new" }, terms, before: null }, from);
}

/**
 * Goes on with a relay that was broken off, at the step that was not done.
 * @throws BatonError `task_not_found`, `access_denied`, `invalid_argument` for what is no relay or is done, `conflict` for
 * one that is under way
 */
export async function resumeRelay(
  hub: HubState,
  { key, caller, task, timeout_ms }: ResumeRelay,
  from: From,
): Promise<StoredTask> {
  const known = hub.store.tasks.byKey(key);
  if (known !== null) return known;
  const named = taskBelow(hub, from.asker, task);
  // It may have been resumed before: what counts is how far it has got.
  const last = hub.store.tasks.lastIn(named.session) ?? named;
  const before = hub.store.relays.byTask(last.id);
  if (before === null) {
    throw new BatonError("invalid_argument", `${task} is no relay`, {
      hint: "`baton tasks` lists the relays too; any other session goes on with --session.",
    });
  }
  if (!isFinal(last.status)) throw new BatonError("conflict", `the relay ${last.id} is ${last.status}`);
  if (last.status === "completed") {
    throw new BatonError("invalid_argument", `all steps of the relay ${last.id} are done`);
  }
  const { steps, folder, terms } = before;
  const draft: Draft = {
    key,
    caller,
    prompt: last.prompt,
    session: { kind: "reference", reference: last.session },
    cwd: last.cwd,
    steps,
    folder,
    terms: { ...terms, step_ms: timeout_ms ?? terms.step_ms },
    before,
  };
  return begin(hub, draft, from);
}

async function begin(hub: HubState, draft: Draft, { asker, closed }: From): Promise<StoredTask> {
  const caller = callerOf(hub, asker, draft.caller);
  const config = await hub.readConfig(caller.config);
  const steps = stepsOf(draft.steps);
  for (const { agent } of steps) driverFor(hub, agent, config);
  // Also one whose agents only read writes its files.
  checkAccess(asker, "write", config);
  const stepMs = draft.terms.step_ms ?? config.limits.task_timeout;
  const request = requestOf({ ...draft, caller }, stepMs);
  const at = new Date().toISOString();
  const chosen = await chooseSession(hub.store, request, {
    asker,
    needs: { places: [] },
    env: caller.env,
    at,
  });
  const counted = (place: string) => countedAs(hub.store, place);
  const rules = { asker, caller, counted, access: config.access };
  await checkDirectory({ ...rules, cwd: chosen.cwd, origin: draft.cwd === null ? "given" : "chosen" });
  const isKnown = hub.store.tasks.byKey(request.key) !== null;
  if (draft.folder !== null && draft.before === null && !isKnown) {
    await assertFree(chosen.cwd, draft.folder, steps);
  }
  // Each step takes them for itself; what cannot be handed on is refused here, before anything is begun.
  const taken = await takeAttachments(isKnown ? [] : request.attachments, {
    prompt: request.prompt,
    cwd: chosen.cwd,
    rules,
    privateFolders: [hub.places.home],
  });

  // From here on nothing waits, so that two requests with one key cannot both get past this line.
  const known = hub.store.tasks.byKey(request.key);
  if (known !== null) return known;
  assertStillAsks(hub, asker);
  if (!chosen.isNew) sessionOf(hub.store, chosen.session.id);
  const place = placeFor(hub, asker, { request, chosen, config });
  for (const { agent } of steps) {
    placeFor(hub, asker, { request: { ...request, agent }, chosen: { ...chosen, isNew: true }, config });
  }
  const limits = limitsOf(asker, request, config);
  const task = newTask(request, { chosen, taken, place, worktree: null, at, limits });
  const { id, session, root } = task;
  const folder = draft.folder ?? path.join(OWN_FOLDER, RELAY, id);
  const relay: StoredRelay = { task: id, folder, steps: [...draft.steps], terms: draft.terms };
  const parts = { chosen, taken: [], worktree: null, artifact: null };
  keep(hub, task, parts, () => hub.store.relays.insert(relay));
  hub.callers.keep(id, caller);
  hub.dispatcher.setLimits(config.limits);
  const terms = { relay, before: draft.before, steps, caller, stepMs, asker, closed };
  hub.dispatcher.enqueue({
    id,
    agent: RELAY,
    session,
    root,
    holdsPlace: false,
    start: () => runRelay(hub, task, terms),
  });
  return found(hub, id);
}

function requestOf({ key, caller, prompt, session, cwd, steps, terms }: Draft, stepMs: number): StartTask {
  return {
    key,
    caller,
    prompt,
    session,
    cwd,
    attachments: [...terms.attachments],
    reads: [],
    writes: null,
    agent: RELAY,
    model: null,
    effort: terms.effort,
    schema: null,
    access: "write",
    isolation: { kind: "shared" },
    approvals: null,
    timeout_ms: stepMs * steps.length,
  };
}

/** @throws BatonError `conflict`: what lies there is somebody's */
async function assertFree(cwd: string, folder: string, steps: readonly RelayStep[]): Promise<void> {
  for (const { file } of steps) {
    const { absolute, relative } = await placeIn(cwd, path.join(folder, file));
    if ((await lstat(absolute).catch(() => null)) === null) continue;
    throw new BatonError("conflict", `${relative} is there already`, {
      hint: "Move it away, or name another folder with --dir; without --dir each relay has its own.",
    });
  }
}
