import type { Conversation, Driver, OpenRequest } from "../agents/driver.ts";
import { BatonError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import { MAX_PROMPT } from "../contracts/prompt.ts";
import { withEarlier, type Exchange } from "../core/rebuild.ts";
import type { Conversations } from "./conversations.ts";

/** How much of what was said before a rebuilt conversation begins with, in characters. */
const BUDGET = 24_000;

export interface OpeningRequest {
  readonly session: string;
  readonly driver: Driver;
  readonly open: OpenRequest;
  readonly prompt: string;
  readonly conversations: Conversations;
  /** What was asked and answered in this session, the newest first, each cut to so many characters. */
  readonly earlier: (length: number) => readonly Exchange[];
  /** Whether an earlier task got as far as to have this conversation open, so that it once was. */
  readonly wasOpen: () => boolean;
  readonly write: (events: readonly TaskEventBody[]) => void;
}

/** A conversation that is open, and the prompt to begin with in it. */
export interface Opened {
  readonly conversation: Conversation;
  readonly prompt: string;
}

/**
 * Opens the session's conversation. Where the agent no longer has it, a new one begins with what we have of it, and
 * the task says so: with nothing, where an agent or a hub died before the first answer and no one kept anything. A
 * conversation that never was ours cannot be rebuilt.
 * @throws BatonError as `Driver.open` says
 */
export async function openOrRebuild(request: OpeningRequest): Promise<Opened> {
  const { session, driver, open, prompt, conversations, write } = request;
  try {
    return { conversation: await conversations.acquire(session, driver, open), prompt };
  } catch (error) {
    const isGone = error instanceof BatonError && error.error.code === "session_not_found";
    if (!isGone || open.nativeId === null) throw error;
    const budget = Math.min(BUDGET, MAX_PROMPT - prompt.length);
    const rebuilt = withEarlier(prompt, request.earlier(BUDGET), budget);
    if (rebuilt === null && !request.wasOpen()) throw error;
    const conversation = await conversations.acquire(session, driver, { ...open, nativeId: null });
    write([{ type: "warning", data: { message: whatBecameOfIt(rebuilt?.exchanges ?? 0) } }]);
    return { conversation, prompt: rebuilt?.prompt ?? prompt };
  }
}

function whatBecameOfIt(exchanges: number): string {
  if (exchanges === 0) return "The agent has kept nothing of this conversation; it begins anew.";
  const record = `${exchanges} ${exchanges === 1 ? "exchange" : "exchanges"}`;
  return `The agent no longer has this conversation; it was rebuilt from Baton's own record (${record}).`;
}
