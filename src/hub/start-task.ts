import { hostname } from "node:os";
import type { Driver, Launch, OpenRequest } from "../agents/driver.ts";
import { environmentFor } from "../agents/environment.ts";
import { DEFAULT_AGENT_CONFIG, type AgentConfig } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import type { StartTask } from "../contracts/rpc.ts";
import { titleOf } from "../core/text.ts";
import type { NewTask, StoredTask } from "../store/tasks.ts";
import { newId } from "./ids.ts";
import { NOT_KEPT, type Warmth } from "./conversations.ts";
import { startRun, type Run } from "./run.ts";
import { atPlaces, chooseSession, sessionOf, type ChosenSession } from "./session-choice.ts";
import type { HubState } from "./state.ts";

/**
 * Stores a task and queues it. The same key again gives the task that is there already. `closed` is aborted when the
 * front end that asks has gone.
 * @throws BatonError `invalid_argument`, `session_not_found`
 */
export async function startTask(hub: HubState, request: StartTask, closed: AbortSignal): Promise<StoredTask> {
  const driver = driverFor(hub, request.agent);
  const config = await hub.readConfig(request.caller.config);
  const agentConfig = config.agents[request.agent] ?? DEFAULT_AGENT_CONFIG;
  const at = new Date().toISOString();
  const chosen = await chooseSession(hub.store, request, driver.environment, at);
  const launch = await launchFor(driver, request, agentConfig, chosen);

  // From here on nothing waits, so that two requests with one key cannot both get past this line.
  const known = hub.store.tasks.byKey(request.key);
  if (known !== null) return known;
  // Meanwhile it may have been forgotten.
  if (!chosen.isNew) sessionOf(hub.store, chosen.session.id);
  const task: NewTask = {
    id: newId("t"),
    key: request.key,
    session: chosen.session.id,
    agent: request.agent,
    title: titleOf(request.prompt),
    prompt: request.prompt,
    model: request.model,
    effort: request.effort,
    root: request.caller.root,
    parent: null,
    depth: 1,
    access: request.access,
    cwd: chosen.cwd,
    wall_ms: request.timeout_ms ?? config.limits.task_timeout,
    idle_ms: config.limits.idle_timeout,
    created_at: at,
  };
  store(hub, task, chosen);
  hub.dispatcher.setLimits(config.limits);
  hub.dispatcher.enqueue({
    id: task.id,
    agent: task.agent,
    session: task.session,
    root: task.root,
    awaitedBy: null,
    start: () =>
      runTask(hub, driver, task, {
        launch,
        approvals: request.approvals,
        schema: request.schema,
        warmth: warmthOf(driver, request, closed),
      }),
  });
  return found(hub, task.id);
}

function driverFor(hub: HubState, agent: string): Driver {
  const driver = hub.drivers.get(agent);
  if (driver !== undefined) return driver;
  throw new BatonError("invalid_argument", `there is no agent ${JSON.stringify(agent)}`, {
    hint: `Baton knows: ${[...hub.drivers.keys()].join(", ")}.`,
  });
}

async function launchFor(
  driver: Driver,
  request: StartTask,
  config: AgentConfig,
  chosen: ChosenSession,
): Promise<Launch> {
  const needs = driver.environment;
  const wanted = { ...request.caller.env, ...config.env };
  const located = chosen.isNew ? wanted : atPlaces(wanted, chosen.session.places);
  // The caller's words again go through the agent's list: a front end must not put anything else into a child.
  const named = { ...needs, own: [...needs.own, ...Object.keys(config.env)] };
  const { [needs.executable]: chosenExecutable, ...env } = await environmentFor(named, located);
  return {
    env,
    executable: chosenExecutable ?? null,
    settings: { mcp_servers: config.mcp_servers, project_config: config.project_config },
    privateFolders: [],
  };
}

function store(hub: HubState, task: NewTask, chosen: ChosenSession): void {
  const { sessions, tasks } = hub.store;
  hub.store.transaction(() => {
    if (chosen.unnamed !== null) sessions.setName(chosen.unnamed, null);
    if (chosen.isNew) sessions.insert(chosen.session, hostname());
    sessions.touch(task.session, task.created_at, task.title);
    tasks.insert(task);
  });
  hub.log.append(task.id, [{ type: "task.status", data: { status: "queued", error: null } }]);
}

/** What a task is run with and nobody stores. */
type Terms = Pick<OpenRequest, "launch" | "approvals" | "schema"> & { readonly warmth: Warmth };

function warmthOf(driver: Driver, { caller }: StartTask, closed: AbortSignal): Warmth {
  if (!driver.isExclusive) return { ms: driver.keepWarmMs, until: null };
  return caller.front_end === "server" ? { ms: driver.keepWarmMs, until: closed } : NOT_KEPT;
}

function runTask(hub: HubState, driver: Driver, task: NewTask, { warmth, ...terms }: Terms): Run {
  const nativeId = hub.store.sessions.byId(task.session)?.native_id ?? null;
  const { cwd, access, model, effort } = task;
  return startRun({
    session: task.session,
    driver,
    open: { ...terms, briefing: null, tools: null, depth: task.depth, cwd, access, nativeId, model, effort },
    prompt: task.prompt,
    limits: { wallMs: task.wall_ms, idleMs: task.idle_ms },
    conversations: hub.conversations,
    wasOpen: () => hub.store.tasks.wasOpen(task.session),
    earlier: (length) => hub.store.tasks.exchanges(task.session, length),
    warmth,
    write: (events) => void hub.log.append(task.id, events),
    onRequest: (asked) => hub.requests.ask(task.id, asked),
    onTurnEnd: () => hub.requests.withdraw(task.id),
    onNativeId: (id) => hub.store.sessions.setNativeId(task.session, id),
  });
}

/** @throws BatonError `task_not_found` */
export function found(hub: HubState, id: string): StoredTask {
  const task = hub.store.tasks.byId(id);
  if (task !== null) return task;
  throw new BatonError("task_not_found", `there is no task ${JSON.stringify(id)}`, {
    hint: "`baton tasks` lists them.",
  });
}
