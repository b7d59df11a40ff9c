import { taskError, type TaskError } from "../../contracts/error.ts";
import type { AgentEvent } from "../../contracts/event.ts";
import type { RateLimit } from "../../contracts/rate-limit.ts";
import type { Conversation, JsonSchema, Turn, TurnOptions } from "../driver.ts";
import { conversationTaken, refusedTurn } from "../failed-turn.ts";
import type { Standing } from "./approvals.ts";
import type { Choices } from "./choices.ts";
import type { ClaudeProcess } from "./claude-process.ts";
import { rateLimitsIn } from "./rate-limits.ts";
import type { TranscriptWatch } from "./transcript.ts";
import { startTurn, type RunningTurn } from "./turn.ts";

export type OnRateLimits = (limits: readonly RateLimit[]) => void;

export interface OpenConversation {
  readonly nativeId: string;
  readonly claude: ClaudeProcess;
  readonly schema: JsonSchema | null;
  readonly standing: Standing;
  readonly choices: Choices;
  /** What its first turn has to tell. */
  readonly warning: string | null;
  readonly transcript: TranscriptWatch;
  readonly onRateLimits: OnRateLimits;
  /** Resolves when nothing is left of the process and its files. */
  readonly released: Promise<void>;
}

/** A conversation in a process of its own. */
export function createConversation({
  nativeId,
  claude,
  schema,
  standing,
  choices,
  warning,
  transcript,
  onRateLimits,
  released,
}: OpenConversation): Conversation {
  let running: RunningTurn | null = null;
  let closing: Promise<void> | null = null;
  let isOutdated = false;
  let untold = warning;

  void claude.exited.then((exit) => running?.processEnded(exit, closing === null ? "unasked" : "asked"));

  function run(prompt: string, onEvent: (event: AgentEvent) => void, options: TurnOptions = {}): Turn {
    if (!claude.isAlive()) return refusedTurn(goneBefore());
    if (running !== null || closing !== null) return refusedTurn(conversationTaken());
    const turn = startTurn({
      claude,
      nativeId,
      schema,
      prompt,
      images: options.images ?? [],
      choices,
      onEvent,
      standing,
      onRequest: options.onRequest ?? null,
    });
    running = turn;
    if (untold !== null) onEvent({ type: "warning", data: { message: untold } });
    untold = null;
    claude.listen((line) => {
      const limits = line.kind === "json" ? rateLimitsIn(line.value) : null;
      if (limits === null) turn.hear(line);
      else onRateLimits(limits);
    });
    claude.answerWith(turn.decide);
    const outcome = turn.outcome.then((result) => {
      running = null;
      claude.listen(null);
      claude.answerWith(null);
      transcript.settled();
      // The person logs in anew and this process would not notice.
      if (result.status === "failed" && result.error.code === "agent_auth") isOutdated = true;
      return result;
    });
    return { outcome, interrupt: () => turn.interrupt(), steer: (text) => turn.steer(text) };
  }

  async function letGo(): Promise<void> {
    await (running === null ? claude.finish() : claude.stop());
    await released;
  }

  return {
    nativeId,
    get pid() {
      return claude.isAlive() ? claude.pid : null;
    },
    isUsable: () =>
      claude.isAlive() && closing === null && !isOutdated && (running !== null || !transcript.wasContinued()),
    run,
    close: () => (closing ??= letGo()),
  };
}

function goneBefore(): TaskError {
  return taskError("agent_crashed", "The Claude Code behind this conversation has ended.", {
    hint: "The conversation is kept: the same session can go on.",
  });
}
