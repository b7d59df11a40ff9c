import type { Logger } from "pino";
import type { ChildObserver } from "../process/child.ts";
import type { Store } from "../store/store.ts";

/** The agents' processes that live, by their number and start mark. */
export function createChildren() {
  const births = new Map<number, string>();
  return {
    started: (pid: number, birth: string) => void births.set(pid, birth),
    ended: (pid: number, birth: string) => {
      if (births.get(pid) === birth) births.delete(pid);
    },
    isAlive: (pid: number, birth: string) => births.get(pid) === birth,
  };
}
export type Children = ReturnType<typeof createChildren>;

interface Recorded {
  readonly store: Store;
  readonly children: Children;
  readonly logger: Logger;
}

/** Writes down the agents' processes, for the next hub should this one die. */
export function recordProcesses({ store, children, logger }: Recorded, isOpen: () => boolean): ChildObserver {
  const { processes } = store;
  return {
    started: ({ pid, birth }) => {
      children.started(pid, birth);
      logger.info({ child: pid }, "an agent has started");
      if (isOpen()) processes.add(pid, birth);
    },
    // A child's end may be told after the store is closed; the next hub finds that it is gone.
    ended: ({ pid, birth }) => {
      children.ended(pid, birth);
      logger.info({ child: pid }, "an agent has ended");
      if (isOpen()) processes.remove(pid, birth);
    },
  };
}
