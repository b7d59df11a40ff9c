import type { Driver, OpenRequest, RequestAnswer, ToolAccess } from "../agents/driver.ts";
import type { Config } from "../contracts/config.ts";
import type { TaskError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import { orderedPrompt } from "./artifact/ask.ts";
import { artifactWork } from "./artifact/work.ts";
import { briefingFor } from "../core/briefing.ts";
import type { NewTask } from "../store/tasks.ts";
import { contentOf } from "./attachments.ts";
import { atTheLimit } from "./handoff/at-the-limit.ts";
import { withOpening } from "./handoff/opening.ts";
import { budgetRefusal, isSpending } from "./budget.ts";
import { cancelBelow } from "./cancel.ts";
import type { Warmth } from "./conversations.ts";
import { keyNotice } from "./notices.ts";
import { endedRun, startRun, type Run } from "./run.ts";
import type { HubState } from "./state.ts";
import { surroundingsOf } from "./surroundings.ts";

/** What a task is run with and nobody stores. */
export interface Terms extends Pick<OpenRequest, "launch" | "approvals" | "schema"> {
  readonly config: Config;
  readonly warmth: Warmth;
  /** An earlier task that was to write the artifact of this one; null: none. */
  readonly since: string | null;
  /** Where the hub answers HTTP; null where it cannot, and the agent goes without Baton's tools. */
  readonly httpUrl: string | null;
}

/** Runs a task that has got its place, and ends what it leaves behind when it does not complete. */
export function runTask(hub: HubState, driver: Driver, task: NewTask, terms: Terms): Run {
  const refusal = budgetRefusal(hub, task, terms.config);
  if (refusal !== null) return refusedRun(hub, task, refusal);
  const { config, warmth, httpUrl, since, ...open } = terms;
  const { cwd, access, model, effort, depth, session } = task;
  const nativeId = hub.store.sessions.byId(session)?.native_id ?? null;
  const around = surroundingsOf(hub, task, terms.launch.env);
  const artifact = artifactWork(hub, task, since);
  const run = startRun({
    session,
    driver,
    open: {
      ...open,
      cwd,
      access,
      nativeId,
      model,
      effort,
      depth,
      briefing: briefingOf(hub, task, config),
      tools: toolsOf(hub, task, httpUrl),
    },
    content: async () => {
      await artifact.look();
      const ordered = { ...task, prompt: orderedPrompt(task, artifact.terms) };
      return withOpening(hub, session, await contentOf(hub.store, ordered));
    },
    limits: { wallMs: task.wall_ms, idleMs: task.idle_ms },
    conversations: hub.conversations,
    wasOpen: () => hub.store.tasks.wasOpen(session),
    earlier: (length) => hub.store.tasks.exchanges(session, length),
    warmth,
    write: (events) => write(hub, task, events, config),
    onRequest: async (asked, withdrawn): Promise<RequestAnswer> =>
      hub.requests.ask(task, asked, { settings: config.approvals, withdrawn }),
    prepare: around.prepare,
    look: around.look,
    check: artifact.check,
    conclude: async () => {
      // What was changed is known first: it is compared with what the artifact says.
      write(hub, task, await around.conclude(), config);
      return artifact.conclude();
    },
    onTurnEnd: () => hub.requests.withdraw(task.id),
    advise: async (error, id) =>
      atTheLimit(hub, { error, nativeId: id, driver, config, caller: hub.callers.of(task.id) }),
    onNativeId: (id) => {
      hub.store.sessions.setNativeId(session, id);
      hub.store.sessions.dropOpening(session);
    },
  });
  void run.done.then(async () => around.leave()).catch(hub.report);
  void run.done.then(() => {
    hub.callers.drop(task.id);
    // Nobody is left who would take what they find. What a completed task has left in the background goes on.
    if (hub.store.tasks.byId(task.id)?.status !== "completed") cancelBelow(hub, task.id);
  });
  return run;
}

/** The same for all tasks of a session with the same access, so that a warm conversation keeps its own. */
function toolsOf(
  hub: HubState,
  { session, access, cwd }: NewTask,
  httpUrl: string | null,
): ToolAccess | null {
  if (httpUrl === null) return null;
  const { home } = hub.places;
  return {
    url: `${httpUrl}/mcp`,
    credential: hub.credentials.issue({ session, access, cwd }),
    command: [...hub.entry, "mcp", "--home", home, "--child", access],
  };
}

/** A task whose money was used up while it waited. */
function refusedRun(hub: HubState, { id }: NewTask, error: TaskError): Run {
  hub.callers.drop(id);
  hub.log.append(id, [{ type: "task.status", data: { status: "failed", error } }]);
  return endedRun();
}

function briefingOf(hub: HubState, task: NewTask, config: Config): string | null {
  const { agent, access, asker, depth } = task;
  const title = asker === null ? null : (hub.drivers.get(asker, config)?.title ?? asker);
  const mayDelegate = depth < config.limits.max_depth;
  return briefingFor({ agent, asker: title, access, mayDelegate });
}

function write(hub: HubState, task: NewTask, events: readonly TaskEventBody[], config: Config): void {
  const notice = keyNotice(hub, task, events);
  hub.log.append(task.id, notice === null ? events : [notice, ...events]);
  if (config.limits.budget_stops !== "running" || !isSpending(events)) return;
  const refusal = budgetRefusal(hub, task, config);
  if (refusal !== null) hub.dispatcher.stopRoot(task.root, refusal);
}
