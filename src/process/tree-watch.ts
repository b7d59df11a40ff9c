import { isAlive, withDescendants, type ProcessIdentity } from "./identity.ts";
import { endAll } from "./kill.ts";
import { findMarked } from "./marked.ts";

/** Pauses before each look that follows a tool's start, in milliseconds; the last is repeated while a tool is open. */
const PAUSES_MS: readonly number[] = [10, 20, 40, 80, 150, 1_000];
/** Looking costs much where it starts a program (macOS, Windows): the pause is at least this many times as long. */
const REST = 3;

/** Remembers which processes an agent has started, since they outlive it when it is killed. */
export interface TreeWatch {
  toolStarted(): void;
  toolFinished(): void;
  /** Takes in what runs now. */
  look(): Promise<void>;
  /** Ends what is left of it, the processes started by what is left included. */
  endRest(): Promise<void>;
}

/**
 * Watches the tree below one process while tools run in it. Claude Code 2.1.330 starts commands in process groups of
 * their own, and after its death no parent leads from them to it: they are ended by the mark that they carry, and where
 * the system does not tell it, by having been seen before.
 */
export function watchTree(pid: number, mark: string): TreeWatch {
  let seen: readonly ProcessIdentity[] = [];
  let open = 0;
  let step = 0;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    seen = await stillAlive(unique([...seen, ...(await withDescendants(pid))]));
  }

  function schedule(pauseMs: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      looking = lookAndGoOn();
    }, pauseMs);
    timer.unref();
  }

  async function lookAndGoOn(): Promise<void> {
    const began = performance.now();
    await look().catch(() => undefined);
    const pauseMs = Math.max(PAUSES_MS[step] ?? 0, REST * (performance.now() - began));
    step = Math.min(step + 1, PAUSES_MS.length - 1);
    if (open > 0 && timer === null) schedule(pauseMs);
  }

  return {
    toolStarted: () => {
      open += 1;
      step = 0;
      schedule(0);
    },
    toolFinished: () => {
      open = Math.max(0, open - 1);
    },
    look,
    endRest: async () => {
      open = 0;
      if (timer !== null) clearTimeout(timer);
      await looking;
      const left = await stillAlive(unique([...seen, ...(await findMarked(mark))]));
      const below = await Promise.all(left.map(({ pid: parent }) => withDescendants(parent)));
      await endAll(unique([...left, ...below.flat()]));
    },
  };
}

async function stillAlive(processes: readonly ProcessIdentity[]): Promise<readonly ProcessIdentity[]> {
  const alive = await Promise.all(processes.map(isAlive));
  return processes.filter((_, index) => alive[index]);
}

function unique(processes: readonly ProcessIdentity[]): readonly ProcessIdentity[] {
  return [...new Map(processes.map((each) => [`${each.pid} ${each.birth}`, each])).values()];
}
