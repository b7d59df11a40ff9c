import type { MessageState, Result } from "./wire.ts";

/** States of Claude Code 2.1.330 in which a message that was not started will never be answered. */
const WITHDRAWN: ReadonlySet<string> = new Set(["cancelled", "discarded", "refused"]);

/** The messages of one turn: the prompt, and what was added while it ran. */
export interface Messages {
  /** A message is on its way; resolves when Claude Code has it, with false when the turn ended before. */
  sent(id: string): Promise<boolean>;
  /** Claude Code tells what it does with a message. */
  heard(state: MessageState): void;
  /** It has ended its work on the messages that it had begun. */
  answered(result: Result): void;
  /** Every result so far, once no message waits for another one; null before. */
  settled(): readonly Result[] | null;
  /** Whether a message was withdrawn unanswered. */
  wasWithdrawn(): boolean;
  /** Nothing more is heard: whoever still waits for a message to be taken is told. */
  end(): void;
  /** Whether this Claude Code says what becomes of messages at all; it does so of the prompt first. */
  areTold(): boolean;
}

type Fate = "waiting" | "started";

/**
 * Follows what becomes of messages. While tools run, a message is taken into the running work, and one result answers
 * all; otherwise it waits and gets a result of its own (2.1.330). So results cannot be counted: a turn is over when a
 * result is there and no message waits.
 */
export function createMessages(prompt: string): Messages {
  const open = new Map<string, Fate>([[prompt, "started"]]);
  const taking = new Map<string, (taken: boolean) => void>();
  const results: Result[] = [];
  let isTold = false;
  let isWithdrawn = false;

  function take(id: string, isTaken: boolean): void {
    taking.get(id)?.(isTaken);
    taking.delete(id);
  }

  return {
    sent: async (id) => {
      open.set(id, "waiting");
      return new Promise((resolve) => taking.set(id, resolve));
    },
    heard: ({ command_uuid: id, state }) => {
      isTold = true;
      take(id, true);
      if (open.get(id) !== "waiting") return;
      if (state === "started") open.set(id, "started");
      if (!WITHDRAWN.has(state)) return;
      open.delete(id);
      isWithdrawn = true;
    },
    answered: (result) => {
      results.push(result);
      for (const [id, fate] of open) if (fate === "started") open.delete(id);
    },
    settled: () => (open.size === 0 && results.length > 0 ? results : null),
    wasWithdrawn: () => isWithdrawn,
    end: () => {
      for (const id of taking.keys()) take(id, false);
    },
    areTold: () => isTold,
  };
}
