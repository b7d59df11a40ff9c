/** Who waits for whom, as the hub knows it now. */
export interface Waits {
  /** The task that runs in a session; null when none does. */
  readonly runningIn: (session: string) => string | null;
  /** The tasks that a task does nothing without, until they are final. */
  readonly awaitedBy: (task: string) => readonly WaitedFor[];
}

export interface WaitedFor {
  readonly id: string;
  readonly session: string;
}

/**
 * The task that a new one in this session would wait for, and that waits for one of the `chain` that asks for it, over
 * however many others: both would wait for ever. Null when there is none.
 */
export function lockedBy(session: string, chain: readonly string[], waits: Waits): string | null {
  const first = waits.runningIn(session);
  const seen = new Set<string>();
  const open = first === null ? [] : [first];
  for (let task = open.pop(); task !== undefined; task = open.pop()) {
    if (chain.includes(task)) return first;
    if (seen.has(task)) continue;
    seen.add(task);
    for (const { id, session: place } of waits.awaitedBy(task)) {
      // One that is queued waits for whoever is in its session.
      const holder = waits.runningIn(place);
      open.push(id, ...(holder === null || holder === id ? [] : [holder]));
    }
  }
  return null;
}
