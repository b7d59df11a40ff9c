import { taskError, type TaskError } from "../contracts/error.ts";
import type { AgentEvent } from "../contracts/event.ts";
import {
  answered,
  asked,
  judge,
  observe,
  startWatch,
  type TaskLimits,
  type Watch,
} from "../core/watchdog.ts";

/** Watches the limits of one task; `onOver` is told once, when one of them is over. */
export function createWatchdog(limits: TaskLimits, onOver: (error: TaskError) => void) {
  let watch = startWatch(performance.now());
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = () => {
    const verdict = judge(watch, limits, performance.now());
    if (verdict.kind === "over") onOver(timeoutError(verdict.limit, limits));
    else timer = setTimeout(look, Math.max(1, Math.ceil(verdict.until - performance.now())));
  };
  const change = (next: Watch) => {
    watch = next;
    clearTimeout(timer);
    if (!isOver) look();
  };
  look();
  return {
    observe: (event: AgentEvent): void => change(observe(watch, event, performance.now())),
    /** The agent waits for somebody's answer: its silence does not count meanwhile. */
    async whileAsked<T>(answer: Promise<T>): Promise<T> {
      change(asked(watch));
      return answer.finally(() => change(answered(watch, performance.now())));
    },
    end(): void {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function timeoutError(limit: "wall" | "idle", limits: TaskLimits): TaskError {
  if (limit === "wall") {
    return taskError("agent_timeout", `the task took longer than its limit of ${seconds(limits.wallMs)}`, {
      hint: "Continue the session to go on from where it stopped, or give --timeout or [limits] task_timeout more time.",
    });
  }
  return taskError("agent_timeout", `the agent was silent for ${seconds(limits.idleMs)}`, {
    hint: "Continue the session to go on, or give [limits] idle_timeout more time.",
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
