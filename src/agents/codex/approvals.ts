import type { RequestAnswer, TurnOptions } from "../driver.ts";
import { declined } from "./answers.ts";
import { askedIn } from "./asked.ts";
import type { Notification, RpcAnswer, ServerRequest } from "./rpc.ts";
import { fileChangeItemSchema, paramsByMethod, type FileChanges } from "./wire.ts";

/** The steps of one turn that somebody else decides about. */
export interface Approvals {
  /** The files of a change are told when it starts and not when it is asked about (Codex 0.169.0). */
  hear(notification: Notification): void;
  /** Answers a request of the app-server, exactly once and at the latest when the turn is over. Never rejects. */
  answer(request: ServerRequest): Promise<RpcAnswer>;
}

const NOBODY: RequestAnswer = { decision: "deny", reason: "Nobody could be asked." };

/** @param over settles when the turn has ended: nothing is approved from then on. */
export function createApprovals(
  onRequest: NonNullable<TurnOptions["onRequest"]> | null,
  over: Promise<unknown>,
): Approvals {
  const changes = new Map<string, FileChanges>();
  const ended = over.then((): RequestAnswer => ({ decision: "deny", reason: "The turn is over." }));
  return {
    hear: ({ method, params }) => {
      if (method !== "item/started") return;
      const item = paramsByMethod["item/started"].safeParse(params).data?.item;
      const change = item?.type === "fileChange" ? fileChangeItemSchema.safeParse(item).data : undefined;
      if (item !== undefined && change !== undefined) changes.set(item.id, change.changes);
    },
    answer: async (request) => {
      const asked = onRequest === null ? null : askedIn(request, changes);
      if (onRequest === null || asked === null) return declined(request);
      const answers: RequestAnswer[] = [];
      for (const one of asked.requests) {
        // Whoever decides may fail or be gone; Codex would wait on.
        const answered = onRequest(one).catch(() => NOBODY);
        answers.push(await Promise.race([answered, ended]));
      }
      const reply = asked.reply(answers);
      return reply === null ? declined(request) : { result: reply };
    },
  };
}
