import type { TaskEvent } from "../contracts/event.ts";
import { createMemberWatch } from "../core/members.ts";
import { shortened } from "../core/text.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 120;
const CLEAR_LINE = "\r\u001b[K";
const SUMMARY_LENGTH = 60;

/** One line on stderr that says what a task is at, redrawn as it goes on. */
export interface LiveLine {
  show(event: TaskEvent): void;
  /** Takes the line away for other output; it comes back. */
  pause(): void;
  /** Takes the line away for good. */
  clear(): void;
}

const NO_LINE: LiveLine = { show: () => undefined, pause: () => undefined, clear: () => undefined };

/** A live line where stderr is a terminal, otherwise one that shows nothing. */
export function createLiveLine(agent: string): LiveLine {
  const { stderr } = process;
  if (!stderr.isTTY) return NO_LINE;
  const startedAt = performance.now();
  let doing = "starting";
  let frame = 0;
  const heard = createMemberWatch();
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    const seconds = Math.floor((performance.now() - startedAt) / 1_000);
    const line = `${FRAMES[frame]} ${agent} · ${doing} · ${seconds}s`;
    stderr.write(CLEAR_LINE + line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)));
  };
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();
  return {
    show(event) {
      doing = heard(event) ?? activityOf(event) ?? doing;
    },
    pause: () => void stderr.write(CLEAR_LINE),
    clear() {
      clearInterval(timer);
      stderr.write(CLEAR_LINE);
    },
  };
}

/** What an event says the agent is doing; null when it says nothing about that. */
export function activityOf(event: TaskEvent): string | null {
  switch (event.type) {
    case "task.status":
      return event.data.status;
    case "message.delta":
      return "answering";
    case "reasoning":
      return "thinking";
    case "tool.started":
      return shortened(`${event.data.name} ${event.data.summary}`, SUMMARY_LENGTH);
    case "tool.finished":
      return "working";
    case "warning":
      return shortened(event.data.message, SUMMARY_LENGTH);
    case "request.opened":
      return `waiting for an answer: ${shortened(event.data.summary, SUMMARY_LENGTH)}`;
    case "request.closed":
      return "working";
    case "message":
    case "file.changed":
    case "changes":
    case "usage":
    case "error":
    case "raw":
      return null;
  }
}
