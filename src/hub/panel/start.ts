import { BatonError } from "../../contracts/error.ts";
import { PANEL } from "../../contracts/panel.ts";
import type { StartPanel, StartTask } from "../../contracts/rpc.ts";
import type { StoredTask } from "../../store/tasks.ts";
import { takeAttachments } from "../attachments.ts";
import { checkAccess, placeFor } from "../guard.ts";
import { chooseSession, sessionOf, type ChosenSession } from "../session-choice.ts";
import { assertStillAsks, callerOf, found, keep, limitsOf, newTask } from "../start-task.ts";
import type { HubState } from "../state.ts";
import type { Asker } from "../viewer.ts";
import { checkDirectory } from "../working-directory.ts";
import { countedAs } from "../worktrees/counted.ts";
import { planOf, type PanelPlan, type Seat } from "./plan.ts";
import { runPanel } from "./run.ts";

/** Where a panel keeps its conversations is for its members to say. */
const NO_PLACES = { places: [] };

/**
 * Stores a panel and queues it: one task that asks others. The same key again gives the panel that is there already.
 * @throws BatonError `invalid_argument`, `agent_unavailable`, `session_not_found`, and what the guard refuses to the panel
 * or to any one of its members: nothing is asked then
 */
export async function startPanel(
  hub: HubState,
  asked: StartPanel,
  { asker, closed }: { readonly asker: Asker; readonly closed: AbortSignal },
): Promise<StoredTask> {
  const { members: _, synthesize: __, quorum: ___, ...common } = asked;
  const caller = callerOf(hub, asker, asked.caller);
  const config = await hub.readConfig(caller.config);
  checkAccess(asker, "read", config);
  const limitMs = asked.timeout_ms ?? config.limits.task_timeout;
  const stages = asked.synthesize === null ? 1 : 2;
  const request: StartTask = {
    ...common,
    caller,
    agent: PANEL,
    model: null,
    reads: [],
    writes: null,
    access: "read",
    isolation: { kind: "shared" },
    approvals: null,
    timeout_ms: limitMs * stages,
  };
  const at = new Date().toISOString();
  const chosen = await chooseSession(hub.store, request, { asker, needs: NO_PLACES, env: caller.env, at });
  refuseNative(chosen);
  const before = hub.store.panels.lastAsked(chosen.session.id);
  const plan = await planOf(hub, { request: { ...asked, caller }, config, before });
  const origin = request.cwd === null ? "given" : "chosen";
  const counted = (place: string) => countedAs(hub.store, place);
  const rules = { asker, caller, counted, access: config.access };
  await checkDirectory({ ...rules, cwd: chosen.cwd, origin });
  const files = hub.store.tasks.byKey(request.key) === null ? request.attachments : [];
  // Each member takes them for itself; what cannot be handed on is refused here, before anybody is asked.
  const taken = await takeAttachments(files, {
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
  for (const { agent, session } of seated(hub, plan, chosen)) {
    placeFor(hub, asker, { request: { ...request, agent }, chosen: session, config });
  }
  const limits = limitsOf(asker, request, config);
  const task = newTask(request, { chosen, taken, place, worktree: null, at, limits });
  keep(hub, task, { chosen, taken: [], worktree: null, artifact: null });
  hub.callers.keep(task.id, caller);
  hub.dispatcher.setLimits(config.limits);
  const { id, session, root } = task;
  const stageMs = Math.max(1, Math.floor(limits.wall_ms / stages));
  const terms = { ...plan, request: { ...common, caller }, stageMs, asker, closed };
  hub.dispatcher.enqueue({
    id,
    agent: PANEL,
    session,
    root,
    holdsPlace: false,
    start: () => runPanel(hub, task, terms),
  });
  return found(hub, id);
}

/** A panel is Baton's own: no agent has a conversation that would be one. */
function refuseNative({ isNew, session }: ChosenSession): void {
  if (!isNew || session.native_id === null) return;
  throw new BatonError("session_not_found", `there is no panel ${session.native_id}`, {
    hint: "A panel is continued by its name or by our id (s_…); `baton sessions --agent panel` lists them.",
  });
}

interface Seated {
  readonly agent: Seat["agent"];
  readonly session: ChosenSession;
}

/** The members with the conversations that they would go on in. */
function seated(hub: HubState, { members }: PanelPlan, chosen: ChosenSession): readonly Seated[] {
  const seats = hub.store.panels.seats(chosen.session.id);
  return members.map(({ agent, key }) => {
    const known = seats.get(key);
    if (known === undefined) return { agent, session: { ...chosen, isNew: true } };
    return { agent, session: { ...chosen, session: sessionOf(hub.store, known), isNew: false } };
  });
}
