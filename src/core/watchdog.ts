import type { AgentEvent } from "../contracts/event.ts";

/** Limits of one task in milliseconds. */
export interface TaskLimits {
  readonly wallMs: number;
  readonly idleMs: number;
}

/** What the watchdog knows of a running task; times are of a clock that never goes backwards, in milliseconds. */
export interface Watch {
  readonly startedAt: number;
  /** When the idle clock last began anew. */
  readonly lastEventAt: number;
  readonly openTools: ReadonlySet<string>;
  /** How many answers of somebody else the agent waits for. */
  readonly openRequests: number;
}

export type Verdict =
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "over"; readonly limit: "wall" | "idle" };

export function startWatch(now: number): Watch {
  return { startedAt: now, lastEventAt: now, openTools: new Set(), openRequests: 0 };
}

/** Takes note of an event. */
export function observe(watch: Watch, event: AgentEvent, now: number): Watch {
  const openTools = new Set(watch.openTools);
  if (event.type === "tool.started") openTools.add(event.data.id);
  if (event.type === "tool.finished") openTools.delete(event.data.id);
  return { ...watch, lastEventAt: now, openTools };
}

/** The agent waits for an answer from now on. */
export function asked(watch: Watch): Watch {
  return { ...watch, openRequests: watch.openRequests + 1 };
}

/** It has got the answer. */
export function answered(watch: Watch, now: number): Watch {
  return { ...watch, lastEventAt: now, openRequests: Math.max(0, watch.openRequests - 1) };
}

/** Whether a limit has passed, or when to look again. The idle clock stands still while a tool or a request is open. */
export function judge(watch: Watch, limits: TaskLimits, now: number): Verdict {
  const wallEnd = watch.startedAt + limits.wallMs;
  if (now >= wallEnd) return { kind: "over", limit: "wall" };
  if (watch.openTools.size + watch.openRequests > 0) return { kind: "wait", until: wallEnd };
  const idleEnd = watch.lastEventAt + limits.idleMs;
  if (now >= idleEnd) return { kind: "over", limit: "idle" };
  return { kind: "wait", until: Math.min(wallEnd, idleEnd) };
}
