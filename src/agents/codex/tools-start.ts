import { z } from "zod";

import { limit } from "../../process/limit.ts";
import type { Notification } from "./rpc.ts";
import type { AppServer } from "./server.ts";

/** Hears when an MCP server of a thread has started, or cannot. */
export interface ToolsStart {
  readonly hear: (notification: Notification) => void;
  /** Resolves when that is known of this thread, or after a while: a server that is silent keeps nobody waiting. */
  settled(threadId: string): Promise<void>;
  stopListening(): void;
}

/** How long a thread waits for its tools. Codex 0.169.0 asks the model after a second, whether they are there or not. */
const WAIT_MS = 3_000;

const statusSchema = z.looseObject({ threadId: z.string(), name: z.string(), status: z.string() });

/** Listens from before the thread has an id: its server may be there before the answer that tells it. */
export function listenToStart(server: AppServer, name: string): ToolsStart {
  const started = new Map<string, PromiseWithResolvers<void>>();
  const of = (threadId: string) => {
    const known = started.get(threadId) ?? Promise.withResolvers<void>();
    started.set(threadId, known);
    return known;
  };
  const hear = ({ method, params }: Notification) => {
    if (method !== "mcpServer/startupStatus/updated") return;
    const said = statusSchema.safeParse(params).data;
    if (said?.name === name && said.status !== "starting") of(said.threadId).resolve();
  };
  return {
    hear,
    settled: async (threadId) => {
      await Promise.race([of(threadId).promise, server.gone, limit(WAIT_MS)]);
    },
    stopListening: server.listenToStrays({ hear, answer: () => null }),
  };
}
