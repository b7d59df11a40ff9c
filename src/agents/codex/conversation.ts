import { z } from "zod";

import type { AgentEvent } from "../../contracts/event.ts";
import type { Conversation, Image, Turn, TurnOptions } from "../driver.ts";
import { limit } from "../../process/limit.ts";
import { conversationTaken, refusedTurn } from "../failed-turn.ts";
import type { Lease } from "../pool.ts";
import { declined } from "./answers.ts";
import { assertTakesImages, explained, type Choices } from "./choices.ts";
import type { Notification, RpcAnswer, ServerRequest } from "./rpc.ts";
import type { AppServer } from "./server.ts";
import { createSubAgents } from "./sub-agents.ts";
import { startTurn, type RunningTurn, type TurnListener } from "./turn.ts";

/** A thread of ours in an app-server. */
export interface OpenThread {
  readonly id: string;
  readonly lease: Lease<AppServer>;
  /** What each turn repeats: Codex does not keep overrides. */
  readonly turnParameters: Readonly<Record<string, unknown>>;
  /** What the task has named. */
  readonly choices: Choices;
  /** The model that Codex says the thread has; null where it does not say. */
  readonly model: string | null;
  /** Nobody hears this thread any more. */
  readonly stopListening: () => void;
}

/** A conversation, and the ear for what its thread says and asks. */
export interface ListeningConversation extends Conversation {
  receive(notification: Notification): void;
  answer(request: ServerRequest): Promise<RpcAnswer>;
}

/** How long a thread may take to end its turn, and then to unload. */
const CLOSE_LIMIT_MS = 3_000;

export function createConversation({
  id,
  lease,
  turnParameters,
  choices,
  model,
  stopListening,
}: OpenThread): ListeningConversation {
  const { server } = lease;
  const unloaded = Promise.withResolvers<"unloaded">();
  const subAgents = createSubAgents(server, {
    isOurs: (rootTurnId) => newest?.isRoot(rootTurnId) ?? false,
    onUsage: (tokenUsage) => running?.count(tokenUsage),
    answer,
  });
  let running: RunningTurn | null = null;
  let newest: RunningTurn | null = null;
  let closing: Promise<void> | null = null;
  let isLoaded = true;

  return {
    nativeId: id,
    get pid() {
      return server.isAlive() ? server.pid : null;
    },
    isUsable: () => isLoaded && closing === null && server.isAlive(),
    run,
    receive(notification) {
      if (notification.method === "thread/closed") {
        isLoaded = false;
        unloaded.resolve("unloaded");
      } else running?.receive(notification);
    },
    answer,
    close: () => (closing ??= letGo()),
  };

  async function answer(request: ServerRequest): Promise<RpcAnswer> {
    return running === null ? declined(request) : running.answer(request);
  }

  function run(prompt: string, onEvent: (event: AgentEvent) => void, options: TurnOptions = {}): Turn {
    if (running !== null || closing !== null) return refusedTurn(conversationTaken());
    const { images = [], onRequest = null } = options;
    const parameters = {
      ...turnParameters,
      threadId: id,
      turnTrigger: "baton",
      input: [{ type: "text", text: prompt, text_elements: [] }, ...images.map(imageInput)],
    };
    const ready = images.length === 0 ? Promise.resolve() : assertTakesImages(server, model);
    const explain: TurnListener["explain"] = (error) => explained(server, error, choices);
    const turn = startTurn(server, { parameters, ready }, { onEvent, onRequest, explain });
    running = turn;
    newest = turn;
    const outcome = turn.outcome.then((result) => {
      running = null;
      // The person logs in anew and the process would not notice.
      if (result.status === "failed" && result.error.code === "agent_auth") lease.retire();
      return result;
    });
    return { outcome, interrupt: () => interrupt(turn), steer: (text) => turn.steer(text) };
  }

  async function interrupt(turn: RunningTurn): Promise<void> {
    await turn.interrupt();
    await subAgents.interrupt();
  }

  async function letGo(): Promise<void> {
    if (isLoaded && server.isAlive()) await unload();
    subAgents.stopListening();
    stopListening();
    lease.release();
  }

  /** Resolves when the thread's writer lock is free, so that the agent's own CLI can have it. */
  async function unload(): Promise<void> {
    const turn = running;
    if (turn !== null) {
      await Promise.race([interrupt(turn), limit(CLOSE_LIMIT_MS)]);
      await Promise.race([turn.outcome, limit(CLOSE_LIMIT_MS)]);
    }
    await Promise.race([subAgents.unload(), limit(CLOSE_LIMIT_MS)]);
    await Promise.race([
      server.request("thread/unsubscribe", { threadId: id }, z.unknown()).catch(() => undefined),
      limit(CLOSE_LIMIT_MS),
    ]);
    const ended = await Promise.race([unloaded.promise, server.gone, limit(CLOSE_LIMIT_MS)]);
    // A Codex that keeps the thread gives up the lock with its life.
    if (ended === undefined && lease.isAlone()) {
      lease.retire();
      await server.stop();
    }
  }
}

/** The bytes themselves: of a `localImage`, Codex 0.169.0 would tell the model a path that it cannot read. */
function imageInput({ type, content }: Image): Readonly<Record<string, string>> {
  return { type: "image", url: `data:${type};base64,${Buffer.from(content).toString("base64")}` };
}
