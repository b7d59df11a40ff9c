import { isFinal, type Task } from "../contracts/task.ts";
import type { TaskEvent } from "../contracts/event.ts";
import { RPC, type HubStatus, type RpcMethod, type RpcParams, type RpcResult } from "../contracts/rpc.ts";
import type { ListedSession } from "../store/sessions.ts";
import type { StoredTask } from "../store/tasks.ts";
import { realDirectory, scopeOf } from "./scope.ts";
import { forgetSession, renameSession } from "./session-methods.ts";
import { found, startTask } from "./start-task.ts";
import type { HubState } from "./state.ts";
import { viewSession, viewTask } from "./views.ts";

/** One request of a front end while it is answered. */
export interface RequestContext {
  readonly signal: AbortSignal;
  /** Aborted when the front end has gone, long after the request was answered perhaps. */
  readonly closed: AbortSignal;
  readonly emit: (event: TaskEvent) => void;
}

type Handlers = {
  readonly [M in Exclude<RpcMethod, "hello">]: (
    hub: HubState,
    params: RpcParams<M>,
    context: RequestContext,
  ) => Promise<RpcResult<M>>;
};

const EVENTS_PER_READ = 500;

/** What the hub answers to each method; errors are thrown as BatonError. */
export const HANDLERS: Handlers = {
  "task.start": async (hub, params, { closed }) => view(hub, await startTask(hub, params, closed)),
  "task.get": async (hub, { task }) => view(hub, found(hub, task)),
  "task.prompt": async (hub, { task }) => ({ prompt: found(hub, task).prompt }),
  "task.cancel": async (hub, { task }, { signal }) => {
    if (!isFinal(found(hub, task).status)) {
      const told = hub.dispatcher.cancel(task);
      if (told !== "told") {
        hub.log.append(task, [{ type: "task.status", data: { status: "cancelled", error: null } }]);
      }
      await finalOf(hub, task, signal);
    }
    return view(hub, found(hub, task));
  },
  "task.steer": async (hub, { task, text }) => {
    found(hub, task);
    await hub.dispatcher.steer(task, text);
    return view(hub, found(hub, task));
  },
  "request.list": async (hub, { task }) => ({ items: [...hub.requests.list(task)], next: null }),
  "request.answer": async (hub, { request, decision, reason }) =>
    hub.requests.answer(
      request,
      decision === "approve" ? { decision } : { decision, reason: reason ?? "denied" },
    ),
  "task.list": async (hub, params) => {
    const items = hub.store.tasks.list(params).map((task) => view(hub, task));
    return { items, next: nextOf(items, params.limit) };
  },
  "task.wait": async (hub, params, { signal }) => {
    for (const task of params.tasks) found(hub, task);
    await waitFor(hub, params, signal);
    const items = params.tasks.map((task) => view(hub, found(hub, task)));
    return { items, done: isDone(items, params.mode) };
  },
  "task.events": async (hub, params, context) => ({ last: await streamEvents(hub, params, context) }),
  "session.list": async (hub, params) => {
    const { caller, agent, query, after, limit, live } = params;
    const scope = params.scope === "everything" ? null : await scopeOf(await realDirectory(caller.cwd));
    const ids = live ? hub.conversations.open() : null;
    const sessions = hub.store.sessions.list({ agent, query, scope, ids, after, limit });
    // Whoever looks may open one of them next, in the agent's own CLI.
    if (caller.front_end === "command") await hub.conversations.letGo(exclusive(hub, sessions));
    const items = sessions.map((session) =>
      viewSession(session, {
        live: hub.conversations.isOpen(session.id),
        driver: hub.drivers.get(session.agent) ?? null,
        env: caller.env,
      }),
    );
    return { items, next: nextOf(items, limit) };
  },
  "session.rename": renameSession,
  "session.forget": forgetSession,
  "hub.status": async (hub) => statusOf(hub, await hub.httpUrl()),
  "hub.stop": async (hub, { when }) => {
    const unfinished = hub.store.tasks.unfinished();
    if (when === "idle" && unfinished.length > 0) return { stopped: false, cancelled: 0 };
    hub.stop();
    return { stopped: true, cancelled: unfinished.length };
  },
};

function exclusive(hub: HubState, sessions: readonly ListedSession[]): readonly string[] {
  return sessions.filter(({ agent }) => hub.drivers.get(agent)?.isExclusive === true).map(({ id }) => id);
}

export function isMethod(name: string): name is keyof Handlers {
  return name in HANDLERS && name in RPC;
}

function view(hub: HubState, task: StoredTask): Task {
  return viewTask({ ...task, answer: arrived(hub, task) }, hub.dispatcher.waiting(task.id));
}

/** The answer, or what of it had arrived when the task was last heard of. */
function arrived({ store }: HubState, { id, status, answer }: StoredTask): string | null {
  if (status === "completed") return answer;
  const streamed = store.events.streamed(id);
  return streamed === "" ? answer : streamed;
}

function nextOf(items: readonly { readonly id: string }[], limit: number): string | null {
  return items.length < limit ? null : (items.at(-1)?.id ?? null);
}

function isDone(items: readonly Pick<Task, "status">[], mode: "all" | "any"): boolean {
  const final = items.filter(({ status }) => isFinal(status)).length;
  return mode === "any" ? final > 0 : final === items.length;
}

async function finalOf(hub: HubState, task: string, signal: AbortSignal): Promise<void> {
  while (!isFinal(found(hub, task).status)) await hub.log.changed(task, signal);
}

async function waitFor(hub: HubState, params: RpcParams<"task.wait">, signal: AbortSignal): Promise<void> {
  const { tasks, mode, limit_ms } = params;
  const enough = new AbortController();
  const signals = [signal, enough.signal, ...(limit_ms === null ? [] : [AbortSignal.timeout(limit_ms)])];
  const until = AbortSignal.any(signals);
  const finals = tasks.map((task) => finalOf(hub, task, until));
  // An abort is how waiting ends when the limit is over, and no failure.
  await (mode === "any" ? Promise.race(finals) : Promise.all(finals)).catch((error: unknown) => {
    if (!until.aborted) throw error;
  });
  enough.abort();
  await Promise.allSettled(finals);
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

function statusOf(hub: HubState, http_url: string | null): HubStatus {
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
