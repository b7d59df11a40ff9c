import { isFinal, type Task } from "../contracts/task.ts";
import { maySee } from "../core/visibility.ts";
import { RPC, type HubStatus, type RpcMethod, type RpcParams, type RpcResult } from "../contracts/rpc.ts";
import { cancelTask } from "./cancel.ts";
import { prepareHandoff } from "./handoff/prepare.ts";
import { finalOf } from "./final.ts";
import { listNativeSessions } from "./native-methods.ts";
import { nextOf } from "./paging.ts";
import { startPanel } from "./panel/start.ts";
import { answerRequest, listRequests } from "./request-methods.ts";
import type { RequestContext } from "./request-context.ts";
import { forgetSession, lastInSession, listSessions, renameSession } from "./session-methods.ts";
import { resumeRelay, startRelay } from "./relay/start.ts";
import { artifactTask, listedTask, shownTask, taskFrom } from "./shown-task.ts";
import { found, startTask } from "./start-task.ts";
import type { HubState } from "./state.ts";
import { usageReport } from "./usage-report.ts";
import { standingOf, taskBelow, visibleTask, visibleTasks } from "./viewer.ts";
import { applyWorktree, diffWorktree, discardWorktree, listWorktrees } from "./worktree-methods.ts";

/** Those need nobody who asks: front ends of every version have them. */
type Eternal = "hello" | "hub.status" | "hub.stop";

type Handlers = {
  readonly [M in Exclude<RpcMethod, Eternal>]: (
    hub: HubState,
    params: RpcParams<M>,
    context: RequestContext,
  ) => Promise<RpcResult<M>>;
};

const EVENTS_PER_READ = 500;

/** What the hub answers to each method; errors are thrown as BatonError. */
export const HANDLERS: Handlers = {
  "task.start": async (hub, params, { asker, closed }) =>
    shownTask(hub, await startTask(hub, params, { asker, closed })),
  "panel.start": async (hub, params, { asker, closed }) =>
    shownTask(hub, await startPanel(hub, params, { asker, closed })),
  "relay.start": async (hub, params, { asker, closed }) =>
    shownTask(hub, await startRelay(hub, params, { asker, closed })),
  "relay.resume": async (hub, params, { asker, closed }) =>
    shownTask(hub, await resumeRelay(hub, params, { asker, closed })),
  "task.get": async (hub, { task, artifact_offset }, { asker }) =>
    taskFrom(hub, visibleTask(hub, asker, task), artifact_offset),
  "task.artifact": async (hub, { task }, { asker }) => ({
    content: hub.store.artifacts.content(artifactTask(hub, visibleTask(hub, asker, task))),
  }),
  "task.prompt": async (hub, { task }, { asker }) => ({ prompt: visibleTask(hub, asker, task).prompt }),
  "task.cancel": async (hub, { task }, { asker, signal }) => {
    if (!isFinal(taskBelow(hub, asker, task).status)) {
      cancelTask(hub, task);
      await finalOf(hub, task, signal);
    }
    return shownTask(hub, found(hub, task));
  },
  "task.steer": async (hub, { task, text }, { asker }) => {
    taskBelow(hub, asker, task);
    await hub.dispatcher.steer(task, text);
    return shownTask(hub, found(hub, task));
  },
  "task.lineage": async (hub, { task }, { asker }) => {
    const { root } = visibleTask(hub, asker, task);
    const { ancestors, descendants } = hub.store.lineage;
    const line = [...ancestors(task), { id: task }, ...descendants(task)].map(({ id }) => found(hub, id));
    const visible = line.filter((one) => maySee(asker.viewer, standingOf(hub, one)));
    return { root, items: visible.map((one) => shownTask(hub, one)) };
  },
  "request.list": async (hub, { task }, { asker }) => ({
    items: [...listRequests(hub, asker, task)],
    next: null,
  }),
  "request.answer": async (hub, params, { asker }) => answerRequest(hub, asker, params),
  "task.list": async (hub, params, { asker }) => {
    const items = hub.store.tasks
      .list({ ...params, ...visibleTasks(hub, asker) })
      .map((task) => listedTask(hub, task));
    return { items, next: nextOf(items, params.limit) };
  },
  "task.wait": async (hub, params, { asker, signal }) => {
    for (const task of params.tasks) visibleTask(hub, asker, task);
    const waited = asker.task === null ? () => undefined : awaiting(hub, asker.task.id, params.tasks);
    await waitFor(hub, params, signal).finally(waited);
    const items = params.tasks.map((task) => shownTask(hub, found(hub, task)));
    return { items, done: isDone(items, params.mode) };
  },
  "task.events": async (hub, params, context) => {
    visibleTask(hub, context.asker, params.task);
    return { last: await streamEvents(hub, params, context) };
  },
  "session.list": listSessions,
  "session.native": listNativeSessions,
  "session.last": lastInSession,
  "session.rename": renameSession,
  "session.forget": forgetSession,
  "handoff.prepare": prepareHandoff,
  "worktree.diff": diffWorktree,
  "worktree.apply": applyWorktree,
  "worktree.discard": discardWorktree,
  "worktree.list": listWorktrees,
  "usage.report": async (hub, { by, since }, { asker }) => usageReport(hub, asker, { by, since }),
};

export function isMethod(name: string): name is keyof Handlers {
  return name in HANDLERS && name in RPC;
}

/** A task that waits for others holds no place meanwhile; one cannot wait for itself or for what waits for it. */
function awaiting(hub: HubState, waiter: string, tasks: readonly string[]): () => void {
  const below = new Set(hub.store.lineage.descendants(waiter).map(({ id }) => id));
  return hub.dispatcher.awaiting(
    waiter,
    tasks.filter((task) => below.has(task)),
  );
}

/** Ends the hub, unless it is to be idle for that and is not. */
export function stopHub(hub: HubState, { when }: RpcParams<"hub.stop">): RpcResult<"hub.stop"> {
  const unfinished = hub.store.tasks.unfinished();
  if (when === "idle" && unfinished.length > 0) return { stopped: false, cancelled: 0 };
  hub.stop();
  return { stopped: true, cancelled: unfinished.length };
}

function isDone(items: readonly Pick<Task, "status">[], mode: "all" | "any"): boolean {
  const final = items.filter(({ status }) => isFinal(status)).length;
  return mode === "any" ? final > 0 : final === items.length;
}

async function attentionOf(hub: HubState, tasks: readonly string[], signal: AbortSignal): Promise<void> {
  const waits = tasks.map(async (task) => {
    while (!hub.requests.isForModel(task)) await hub.log.changed(task, signal);
  });
  await Promise.race(waits);
}

async function waitFor(hub: HubState, params: RpcParams<"task.wait">, signal: AbortSignal): Promise<void> {
  const { tasks, mode, until: goal, limit_ms } = params;
  const enough = new AbortController();
  const signals = [signal, enough.signal, ...(limit_ms === null ? [] : [AbortSignal.timeout(limit_ms)])];
  const until = AbortSignal.any(signals);
  const finals = tasks.map((task) => finalOf(hub, task, until));
  // An abort is how waiting ends when the limit is over, and no failure.
  const final = mode === "any" ? Promise.race(finals) : Promise.all(finals);
  const attention = goal === "attention" ? attentionOf(hub, tasks, until) : null;
  await Promise.race(attention === null ? [final] : [final, attention]).catch((error: unknown) => {
    if (!until.aborted) throw error;
  });
  enough.abort();
  await Promise.allSettled(attention === null ? finals : [...finals, attention]);
}

async function streamEvents(
  hub: HubState,
  { task, after, follow }: RpcParams<"task.events">,
  { signal, emit }: RequestContext,
): Promise<number> {
  let last = after;
  for (;;) {
    // Looked at before the events are read: what is written in between is read too.
    const final = isFinal(found(hub, task).status);
    const events = hub.store.events.after(task, last, EVENTS_PER_READ);
    for (const event of events) emit(event);
    last = events.at(-1)?.seq ?? last;
    if (events.length === EVENTS_PER_READ) continue;
    if (final || !follow) return last;
    await hub.log.changed(task, signal);
  }
}

/** What a front end of any version may ask. */
export function statusOf(hub: HubState, http_url: string | null): HubStatus {
  const { running, queued } = hub.dispatcher.counts();
  return {
    running: true,
    pid: process.pid,
    version: hub.version,
    started_at: hub.startedAt,
    socket: hub.places.socket,
    http_url,
    token_file: hub.places.tokenFile,
    running_tasks: running,
    queued_tasks: queued,
    sessions: hub.store.sessions.count(),
  };
}
