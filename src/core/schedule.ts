import type { Limits } from "../contracts/config.ts";

/** A task as the scheduler sees it. */
export interface Schedulable {
  readonly id: string;
  readonly agent: string;
  readonly session: string;
  /** Where its lineage begins; places are shared fairly between roots. */
  readonly root: string;
  /** False for one that does nothing itself: it starts as soon as its session is free. */
  readonly holdsPlace: boolean;
  /** The tasks that do nothing until this one is final, and hold no place meanwhile. */
  readonly awaitedBy: readonly string[];
}

export type Places = Pick<Limits, "max_running" | "max_running_per_agent">;

/** Roots in the order in which they get places; one that has got one goes to the end. */
export type Rotation = readonly string[];

export interface Load {
  /** In the order in which they were asked for. */
  readonly queued: readonly Schedulable[];
  readonly running: readonly Schedulable[];
  readonly places: Places;
  readonly rotation: Rotation;
}

/** Why a queued task waits, and its place in the whole queue if all went on as it stands. */
export interface Waiting {
  readonly position: number;
  readonly reason: string;
}

/**
 * Decides what starts, in this order: a place goes to the root that has waited longest for one, and there to the
 * oldest task that can have it. One task at a time in a session, never more than the limits allow. A task that cannot
 * start holds up no other one, except later ones in its session. What holds no place waits for none. Linear in the number
 * of tasks.
 */
export function schedule(load: Load): { readonly start: readonly string[]; readonly rotation: Rotation } {
  const { queued, running, places } = load;
  const count = countActive(load);
  const busy = new Map(running.map(({ session, id }) => [session, id]));
  const turns = turnsOf(queued, busy);
  const start = queued
    .filter((task) => !task.holdsPlace && turns.get(task.session) === task.id)
    .map(({ id }) => id);
  if (count.all >= places.max_running) return { start, rotation: load.rotation };
  const byRoot = groupByRoot(queued.filter(({ holdsPlace }) => holdsPlace));
  const rotation = rotationOf(load, byRoot);
  const at = new Map<string, number>();

  // What cannot start now cannot start later in this round: places only become fewer. So each task is seen once.
  const nextOf = (root: string): Schedulable | null => {
    const tasks = byRoot.get(root) ?? [];
    for (let index = at.get(root) ?? 0; index < tasks.length; index += 1) {
      const task = tasks[index];
      if (task === undefined || turns.get(task.session) !== task.id || isFull(task, count, places)) continue;
      at.set(root, index + 1);
      return task;
    }
    at.set(root, tasks.length);
    return null;
  };

  // A root that is put at the end of the set is visited again.
  for (const root of rotation) {
    const task = nextOf(root);
    if (task === null) continue;
    start.push(task.id);
    add(count, task.agent);
    rotation.delete(root);
    rotation.add(root);
  }
  return { start, rotation: [...rotation] };
}

/** Says of each queued task why it waits, once nothing more can start. */
export function explain(load: Load): ReadonlyMap<string, Waiting> {
  const { queued, running } = load;
  const byRoot = groupByRoot(queued);
  const order = [...rotationOf(load, byRoot)];
  const count = countActive(load);
  const before = new Map(running.map(({ session, id }) => [session, id]));
  const reasons = new Map<string, string>();
  for (const task of queued) {
    reasons.set(task.id, reasonToWait(task, before.get(task.session), { count, places: load.places }));
    before.set(task.session, task.id);
  }
  const waiting = new Map<string, Waiting>();
  const longest = order.reduce((most, root) => Math.max(most, byRoot.get(root)?.length ?? 0), 0);
  let roots = order;
  for (let turn = 0; turn < longest; turn += 1) {
    roots = roots.filter((root) => turn < (byRoot.get(root)?.length ?? 0));
    for (const root of roots) {
      const id = byRoot.get(root)?.[turn]?.id;
      if (id !== undefined) waiting.set(id, { position: waiting.size + 1, reason: reasons.get(id) ?? "" });
    }
  }
  return waiting;
}

interface Count {
  all: number;
  readonly byAgent: Map<string, number>;
}

/** How many tasks hold a place: those that run, without those that wait for an unfinished one of their own. */
function countActive({ queued, running }: Load): Count {
  const resting = new Set([...queued, ...running].flatMap(({ awaitedBy }) => awaitedBy));
  const count: Count = { all: 0, byAgent: new Map() };
  for (const { id, agent, holdsPlace } of running) if (holdsPlace && !resting.has(id)) add(count, agent);
  return count;
}

function add(count: Count, agent: string): void {
  count.all += 1;
  count.byAgent.set(agent, ofAgent(count, agent) + 1);
}

function ofAgent({ byAgent }: Count, agent: string): number {
  return byAgent.get(agent) ?? 0;
}

function isFull({ agent }: Schedulable, count: Count, places: Places): boolean {
  return count.all >= places.max_running || ofAgent(count, agent) >= places.max_running_per_agent;
}

function groupByRoot(queued: readonly Schedulable[]): ReadonlyMap<string, readonly Schedulable[]> {
  return Map.groupBy(queued, ({ root }) => root);
}

/** The task whose turn it is in each session that is free: the one asked for first, whatever its root. */
function turnsOf(
  queued: readonly Schedulable[],
  busy: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const turns = new Map<string, string>();
  for (const { session, id } of queued) {
    if (!turns.has(session) && !busy.has(session)) turns.set(session, id);
  }
  return turns;
}

/** The roots that have something queued; one that was not there before goes to the end. */
function rotationOf({ rotation }: Load, byRoot: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...rotation.filter((root) => byRoot.has(root)), ...byRoot.keys()]);
}

function reasonToWait(
  { agent, session }: Schedulable,
  earlier: string | undefined,
  { count, places }: { readonly count: Count; readonly places: Places },
): string {
  if (earlier !== undefined) return `session ${session} is busy with the earlier task ${earlier}`;
  const { max_running, max_running_per_agent } = places;
  if (count.all >= max_running)
    return `${count.all} tasks are running ([limits] max_running = ${max_running})`;
  const same = ofAgent(count, agent);
  return `${same} tasks of ${agent} are running ([limits] max_running_per_agent = ${max_running_per_agent})`;
}
