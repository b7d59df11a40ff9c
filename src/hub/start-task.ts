import { hostname } from "node:os";
import type { Driver } from "../agents/driver.ts";
import { DEFAULT_AGENT_CONFIG, namedAgents, type Config } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import { isCoordinator } from "../contracts/coordinator.ts";
import type { Caller, StartTask } from "../contracts/rpc.ts";
import { mayAsk } from "../core/approval-rules.ts";
import { titleOf } from "../core/text.ts";
import { unknownAgentHint } from "../core/unknown-agent.ts";
import type { NewTask, StoredTask } from "../store/tasks.ts";
import {
  artifactOf,
  assertFits,
  assertNobodyWrites,
  newArtifact,
  takeFiles,
  type AskedArtifact,
} from "./artifact/ask.ts";
import { keepAttachments, type Taken } from "./attachments.ts";
import { NOT_KEPT, type Warmth } from "./conversations.ts";
import { checkAccess, placeFor, type Place } from "./guard.ts";
import { newId } from "./ids.ts";
import { prepareLaunch } from "./launch.ts";
import { noticeWithheldKeys } from "./notices.ts";
import { runTask, type Terms } from "./run-task.ts";
import { chooseSession, sessionOf, type ChosenSession } from "./session-choice.ts";
import type { HubState } from "./state.ts";
import type { Asker } from "./viewer.ts";
import { checkDirectory } from "./working-directory.ts";
import { countedAs } from "./worktrees/counted.ts";
import { assertFree, isolate, standingOf, type IsolatedIn } from "./worktrees/isolate.ts";

/**
 * Stores a task and queues it. The same key again gives the task that is there already. `closed` is aborted when the
 * front end that asks has gone.
 * @throws BatonError `invalid_argument`, `session_not_found`, and what the guard refuses
 */
export async function startTask(
  hub: HubState,
  asked: StartTask,
  { asker, closed }: { readonly asker: Asker; readonly closed: AbortSignal },
): Promise<StoredTask> {
  const request = { ...asked, caller: callerOf(hub, asker, asked.caller) };
  const config = await hub.readConfig(request.caller.config);
  const driver = driverFor(hub, asked.agent, config);
  const agentConfig = config.agents[request.agent] ?? DEFAULT_AGENT_CONFIG;
  checkAccess(asker, request.access, config);
  const at = new Date().toISOString();
  const env = { ...request.caller.env, ...agentConfig.env };
  const session = await chooseSession(hub.store, request, { asker, needs: driver.environment, env, at });
  const standing = standingOf(hub.store, session);
  const counted = (place: string) => countedAs(hub.store, place);
  await checkDirectory({
    cwd: standing,
    counted,
    origin: request.cwd === null ? "given" : "chosen",
    asker,
    caller: request.caller,
    access: config.access,
  });
  const { store, places } = hub;
  const { chosen, worktree } = await isolate({ store, places, request, chosen: session, at });
  const privateFolders = [places.home];
  const ownFolder = worktree?.path ?? null;
  const { caller } = request;
  // Asked for again, it has its files already.
  const isKnown = hub.store.tasks.byKey(request.key) !== null;
  const artifact = await artifactOf(request, chosen.cwd);
  const rules = { asker, caller, counted, access: config.access };
  const taken = await takeFiles(isKnown ? { attachments: [], reads: [] } : request, {
    prompt: request.prompt,
    cwd: chosen.cwd,
    rules,
    privateFolders,
  });
  const [prepared, httpUrl] = await Promise.all([
    prepareLaunch({
      driver,
      caller,
      config: agentConfig,
      agents: namedAgents(config),
      chosen,
      privateFolders,
      ownFolder,
    }),
    hub.httpUrl(),
  ]);

  // From here on nothing waits, so that two requests with one key cannot both get past this line.
  const known = hub.store.tasks.byKey(request.key);
  if (known !== null) return known;
  assertStillAsks(hub, asker);
  // Meanwhile it may have been forgotten.
  if (!chosen.isNew) sessionOf(hub.store, chosen.session.id);
  if (worktree !== null) assertFree(hub, worktree);
  const place = placeFor(hub, asker, { request, chosen, config });
  const limits = limitsOf(asker, request, config);
  const parts = { chosen, taken, place, worktree, artifact, at, limits };
  const task = newTask(request, parts);
  assertFits(task, artifact);
  assertNobodyWrites(hub.store, task.session, artifact);
  keep(hub, task, parts);
  noticeWithheldKeys(hub, task, prepared.withheld);
  hub.callers.keep(task.id, caller);
  hub.dispatcher.setLimits(config.limits);
  enqueue(hub, driver, task, {
    config,
    httpUrl,
    launch: prepared.launch,
    approvals: approvalsOf(request, config),
    schema: request.schema,
    since: artifact?.since ?? null,
    warmth: warmthOf(driver, asker, closed),
  });
  return found(hub, task.id);
}

/** What a task leaves behind is ended with it, so nothing is begun for one that has ended meanwhile. */
export function assertStillAsks(hub: HubState, { task }: Asker): void {
  if (task === null || hub.dispatcher.runningIn(task.session) === task.id) return;
  throw new BatonError("access_denied", `the task ${task.id}, which asks, has ended meanwhile`);
}

/** @throws BatonError `invalid_argument` */
export function driverFor({ drivers }: HubState, agent: string, config: Config): Driver {
  const driver = drivers.get(agent, config);
  if (driver !== undefined) return driver;
  const known = drivers.all(config).map((one) => one.agent);
  throw new BatonError("invalid_argument", `there is no agent ${JSON.stringify(agent)}`, {
    hint: unknownAgentHint(agent, known),
  });
}

/** What a delegate asks for runs with the environment and the config of its root: those of its shell are only its own part. */
export function callerOf(hub: HubState, { task, origin }: Asker, given: Caller): Caller {
  if (task === null) return given;
  const above = hub.callers.of(task.id);
  if (above === null) return given;
  // A panel or a relay asks in the name of whoever has asked it.
  if (isCoordinator(task.agent)) return { ...above, cwd: task.cwd };
  // A server stands where its task does; a command stands in the directory of its shell.
  return { ...above, cwd: origin.front_end === "command" ? given.cwd : task.cwd, workspaces: [task.cwd] };
}

function approvalsOf({ approvals, access }: StartTask, config: Config): Terms["approvals"] {
  if (approvals !== null) return approvals;
  return access !== "read" && mayAsk(config.approvals) ? "ask" : "decline";
}

/** Limits in milliseconds; a delegate does not outlast the task that has asked for it. */
export function limitsOf({ task }: Asker, { timeout_ms }: StartTask, { limits }: Config) {
  const wanted = timeout_ms ?? limits.task_timeout;
  const begun = task?.started_at ?? null;
  if (task === null || begun === null) return { wall_ms: wanted, idle_ms: limits.idle_timeout };
  const left = Date.parse(begun) + task.wall_ms - Date.now();
  return { wall_ms: Math.max(1, Math.min(wanted, left)), idle_ms: limits.idle_timeout };
}

interface NewTaskParts {
  readonly chosen: ChosenSession;
  readonly taken: readonly Taken[];
  readonly place: Place;
  readonly worktree: IsolatedIn | null;
  readonly at: string;
  readonly limits: Pick<NewTask, "wall_ms" | "idle_ms">;
}

export function newTask(
  request: StartTask,
  { chosen, taken, place, worktree, at, limits }: NewTaskParts,
): NewTask {
  const { key, agent, prompt, model, effort, access } = request;
  return {
    id: newId("t"),
    key,
    session: chosen.session.id,
    agent,
    title: titleOf(prompt),
    prompt,
    model,
    effort,
    attachments: taken.map(({ attachment }) => attachment),
    ...place,
    access,
    cwd: chosen.cwd,
    worktree: worktree?.id ?? null,
    ...limits,
    created_at: at,
  };
}

/** Stores a task, with what `also` writes beside it: all of it or nothing. */
export function keep(
  hub: HubState,
  task: NewTask,
  {
    chosen,
    taken,
    worktree,
    artifact,
  }: Pick<NewTaskParts, "chosen" | "taken" | "worktree"> & { readonly artifact: AskedArtifact | null },
  also: () => void = () => undefined,
): void {
  const { sessions, tasks, worktrees } = hub.store;
  hub.store.transaction(() => {
    if (chosen.unnamed !== null) sessions.setName(chosen.unnamed, null);
    if (chosen.isNew) sessions.insert(chosen.session, hostname());
    sessions.touch(task.session, task.created_at, task.title);
    // Before anything of it is on the disk.
    if (worktree !== null && worktree.planned !== null) worktrees.insert(worktree.planned);
    tasks.insert(task);
    keepAttachments(hub.store, task.id, taken);
    if (artifact !== null) hub.store.artifacts.insert(newArtifact(task.id, artifact));
    also();
  });
  hub.log.append(task.id, [{ type: "task.status", data: { status: "queued", error: null } }]);
}

function warmthOf(driver: Driver, { origin, task }: Asker, closed: AbortSignal): Warmth {
  const isDelegated = task !== null && (!isCoordinator(task.agent) || task.parent !== null);
  if (!driver.isExclusive || isDelegated) return { ms: driver.keepWarmMs, until: null };
  return origin.front_end === "server" ? { ms: driver.keepWarmMs, until: closed } : NOT_KEPT;
}

function enqueue(hub: HubState, driver: Driver, task: NewTask, terms: Terms): void {
  const { id, agent, session, root } = task;
  const start = () => runTask(hub, driver, task, terms);
  hub.dispatcher.enqueue({ id, agent, session, root, holdsPlace: true, start });
}

/** @throws BatonError `task_not_found` */
export function found(hub: HubState, id: string): StoredTask {
  const task = hub.store.tasks.byId(id);
  if (task !== null) return task;
  throw new BatonError("task_not_found", `there is no task ${JSON.stringify(id)}`, {
    hint: "`baton tasks` lists them.",
  });
}
