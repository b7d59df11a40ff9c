import { isAlive, withDescendants, type ProcessIdentity } from "../../process/identity.ts";
import { endAll } from "../../process/kill.ts";

/** When after a tool's start to look for what it started, in milliseconds; the last goes on while a tool is open. */
const LOOKS_MS: readonly number[] = [0, 50, 150, 400];
/** Looking may cost much (Windows): at most a tenth of the time goes into it. */
const SHARE = 10;

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
 * their own, and after its death nothing leads from them to it: only who was seen before can be ended, by identity.
 */
export function watchTree(pid: number): TreeWatch {
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
    step = Math.min(step + 1, LOOKS_MS.length - 1);
    const pauseMs = Math.max(LOOKS_MS[step] ?? 0, SHARE * (performance.now() - began));
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
      const left = await stillAlive(seen);
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
