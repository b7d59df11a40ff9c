import { isAlive, waitForEnd, withDescendants, type ProcessIdentity } from "./identity.ts";

/** How long a process has to end by itself before the next, harder step, in milliseconds. */
export const GRACE_MS = 2_000;

/**
 * Ends a process and everything below it: TERM, then KILL. Resolves when none of them lives.
 * Descendants are looked up first and by identity, since agents start shells in process groups of their own
 * (Claude Code 2.1.330) that outlive a killed parent.
 */
export async function killTree(pid: number, graceMs: number = GRACE_MS): Promise<void> {
  await endAll(await withDescendants(pid), graceMs);
}

/** Ends exactly these processes, never another that got the same number. */
export async function endAll(
  processes: readonly ProcessIdentity[],
  graceMs: number = GRACE_MS,
): Promise<void> {
  await signalAlive(processes, "SIGTERM");
  const left = await waitForEnd(processes, graceMs);
  await signalAlive(left, "SIGKILL");
  // Nothing refuses this one; it only takes the system a moment.
  await waitForEnd(left, GRACE_MS);
}

async function signalAlive(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): Promise<void> {
  for (const identity of processes) {
    if (await isAlive(identity)) sendSignal(identity.pid, signal);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal, or is not ours to signal.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/**
 * Ends what is left in the process group that a child led which is gone; call it at once, before the number is used anew.
 * Finds what no tree shows any more: helpers whose parent was killed while it set them up (bubblewrap in Codex 0.169.0).
 */
export function endGroupOf(pid: number): void {
  // A negative number means the group; Windows has none.
  if (process.platform !== "win32") sendSignal(-pid, "SIGKILL");
}
