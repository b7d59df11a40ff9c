import type { ContentBlock } from "@agentclientprotocol/sdk";
import { z } from "zod";

import type { AgentEvent } from "../../contracts/event.ts";
import { limit } from "../../process/limit.ts";
import type { Conversation, Image, Turn, TurnOptions } from "../driver.ts";
import { conversationTaken, refusedTurn } from "../failed-turn.ts";
import { noImages } from "../refused-choice.ts";
import type { Lease } from "../pool.ts";
import type { AcpProcess, SessionListener } from "./process.ts";
import type { AcpPlan, AcpProfile } from "./profile.ts";
import { startTurn, type RunningTurn } from "./turn.ts";

export interface ConversationParts {
  readonly profile: AcpProfile;
  readonly plan: AcpPlan;
  readonly lease: Lease<AcpProcess>;
  readonly isNew: boolean;
}

/** A conversation before it has an id: it hears from the first moment on. */
export interface BeginningConversation {
  readonly listener: SessionListener;
  begin(id: string, stopListening: () => void): Conversation;
}

/** How long a turn, and then the session, may take to end when the conversation is closed. */
const CLOSE_LIMIT_MS = 1_500;

export function createConversation({
  profile,
  plan,
  lease,
  isNew,
}: ConversationParts): BeginningConversation {
  const { server } = lease;
  const earlier = new Set<string>();
  let costUsd: number | null = isNew ? 0 : null;
  let running: RunningTurn | null = null;
  let isInterrupted = false;
  let turns = 0;
  let isSpoiled = false;
  let closing: Promise<void> | null = null;

  const listener: SessionListener = {
    hear: (update) => running?.hear(update),
    hearOdd: (line) => running?.hearOdd(line),
    ask: async (asked, withdrawn) => running?.ask(asked, withdrawn) ?? { outcome: "cancelled" },
  };

  return {
    listener,
    begin: (id, stopListening) => ({
      nativeId: id,
      get pid() {
        return server.isAlive() ? server.pid : null;
      },
      isUsable: () => server.isAlive() && closing === null && !isSpoiled,
      run: (prompt, onEvent, options = {}) => run(id, prompt, { onEvent, options }),
      close: () => (closing ??= letGo(id).finally(stopListening)),
    }),
  };

  function run(
    id: string,
    prompt: string,
    { onEvent, options }: { readonly onEvent: (event: AgentEvent) => void; readonly options: TurnOptions },
  ): Turn {
    if (running !== null || closing !== null) return refusedTurn(conversationTaken());
    const lead = plan.session.lead(prompt, turns === 0 ? "first" : "later");
    const { images = [] } = options;
    if (images.length > 0 && !server.capabilities.promptCapabilities.image) {
      return refusedTurn(noImages(profile.agent, profile.title));
    }
    const blocks = [...[...lead, prompt].map(textBlock), ...images.map(imageBlock)];
    const { title, words } = profile;
    const session = { id, title, words, plan: plan.session, process: server, costBefore: costUsd, earlier };
    const turn = startTurn(session, blocks, { onEvent, onRequest: options.onRequest ?? null });
    running = turn;
    isInterrupted = false;
    turns += 1;
    const outcome = turn.outcome.then((result) => {
      running = null;
      costUsd = turn.left.costUsd ?? costUsd;
      turn.left.messages.forEach((message) => earlier.add(message));
      // The person logs in anew and the process would not notice.
      if (result.status === "failed" && result.error.code === "agent_auth") {
        isSpoiled = true;
        lease.retire();
      }
      return result;
    });
    const interrupt = async () => {
      isInterrupted = true;
      await turn.interrupt();
    };
    return { outcome, interrupt, steer: (text) => turn.steer(text) };
  }

  async function letGo(id: string): Promise<void> {
    const isStuck = server.isAlive() && running !== null && !(await stopped(running));
    if (plan.process.sharing === "alone") {
      lease.retire();
      await (isStuck ? server.kill() : server.stop());
    } else if (isStuck) {
      // What does not end in it ends with it, once no other conversation is there.
      lease.retire();
      if (lease.isAlone()) await server.kill();
    } else if ("close" in server.capabilities.sessionCapabilities) {
      const closed = server.request("session/close", { sessionId: id }, z.unknown()).catch(() => undefined);
      await Promise.race([closed, limit(CLOSE_LIMIT_MS)]);
    }
    lease.release();
    await plan.release();
  }

  /** Whether a turn has ended on being told to; one that was told before has had its time. */
  async function stopped(turn: RunningTurn): Promise<boolean> {
    if (isInterrupted) return false;
    await turn.interrupt();
    return (await Promise.race([turn.outcome, limit(CLOSE_LIMIT_MS)])) !== undefined;
  }
}

function textBlock(text: string): ContentBlock {
  return { type: "text", text };
}

function imageBlock({ type, content }: Image): ContentBlock {
  return { type: "image", mimeType: type, data: Buffer.from(content).toString("base64") };
}
