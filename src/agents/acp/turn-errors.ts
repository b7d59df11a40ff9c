import { taskError, type TaskError } from "../../contracts/error.ts";
import type { OpenCall } from "./tool-calls.ts";

/** How a turn can end without an answer, by ACP's words for it. */
const STOPS: Readonly<Record<string, readonly [string, string]>> = {
  max_tokens: ["has reached the most that its model may write in one turn", "Ask for less at a time."],
  max_turn_requests: [
    "has reached the most requests that it makes in one turn",
    "Continue the session to let it go on.",
  ],
  refusal: [
    "has refused to go on",
    "Ask in other words, or another agent; the conversation may not hold this prompt.",
  ],
  cancelled: ["has broken the turn off by itself", "Continue the session to let it go on."],
};

/** Why a turn that has ended has no answer; null for one that has. */
export function stopError(title: string, reason: string): TaskError | null {
  if (reason === "end_turn") return null;
  const [what, hint] = STOPS[reason] ?? [
    `has ended the turn as "${reason}", which Baton does not know`,
    "Update Baton.",
  ];
  return taskError("agent_error", `${title} ${what}.`, { hint });
}

/** A turn in which nothing was said is no answer. */
export function silence(title: string, isBegun: boolean): TaskError | null {
  if (isBegun) return null;
  return taskError("agent_error", `${title} has ended the turn without saying or doing anything.`, {
    hint: "Try the same prompt in the agent itself; what it logs may say why.",
  });
}

/** A step that was not asked about where only asking holds the level. */
export function breached(title: string, { call, name }: OpenCall): TaskError {
  const what = call.title ?? name;
  return taskError(
    "access_denied",
    `${title} was to read only and has taken a step without asking: ${what}`,
    {
      hint: "See what it has done. Name a mode of it that only reads in Baton's config, [agents.<name>.modes] read, or ask with write access.",
    },
  );
}
