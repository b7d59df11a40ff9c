import type { AgentRequest, RequestAnswer } from "../agents/driver.ts";
import { BatonError } from "../contracts/error.ts";
import type { TaskEventBody } from "../contracts/event.ts";
import type { Request } from "../contracts/request.ts";
import { newId } from "./ids.ts";

/** How long a request waits for an answer before it is declined, in milliseconds. */
const EXPIRES_MS = 5 * 60_000;

interface Open {
  readonly request: Request;
  readonly close: (answer: RequestAnswer, word: string) => void;
}

export type Requests = ReturnType<typeof createRequests>;

/** The requests that wait for an answer. They live as long as the turn that asked; the log keeps what became of them. */
export function createRequests(append: (task: string, events: readonly TaskEventBody[]) => void) {
  const open = new Map<string, Open>();
  const openIn = (task: string) => [...open.values()].filter(({ request }) => request.task === task);

  return {
    /** Opens a request and resolves with its answer; an unanswered one is declined. */
    async ask(task: string, asked: AgentRequest): Promise<RequestAnswer> {
      const answered = Promise.withResolvers<RequestAnswer>();
      const request: Request = {
        id: newId("r"),
        task,
        ...asked,
        options: ["approve", "deny"],
        expires_at: new Date(Date.now() + EXPIRES_MS).toISOString(),
        answer: null,
      };
      const close: Open["close"] = (answer, word) => {
        if (!open.delete(request.id)) return;
        clearTimeout(timer);
        const resumed: readonly TaskEventBody[] = openIn(task).length === 0 ? [statusEvent("working")] : [];
        append(task, [{ type: "request.closed", data: { id: request.id, answer: word } }, ...resumed]);
        answered.resolve(answer);
      };
      const timer = setTimeout(() => close(declined("nobody has answered in time"), "expired"), EXPIRES_MS);
      const isFirst = openIn(task).length === 0;
      open.set(request.id, { request, close });
      const { task: _, answer: __, ...data } = request;
      append(task, [{ type: "request.opened", data }, ...(isFirst ? [statusEvent("input_required")] : [])]);
      return answered.promise;
    },
    /** @throws BatonError `request_not_found` */
    answer(id: string, answer: RequestAnswer): Request {
      const found = open.get(id);
      if (found === undefined) {
        throw new BatonError("request_not_found", `no request ${JSON.stringify(id)} waits for an answer`, {
          hint: "It may have been answered, have expired, or its task is over.",
        });
      }
      const word = answer.decision === "approve" ? "approve" : "deny";
      found.close(answer, word);
      return { ...found.request, answer: word };
    },
    list: (task: string | null): readonly Request[] =>
      [...open.values()].map(({ request }) => request).filter((one) => task === null || one.task === task),
    /** The task's turn is over: what it still asks is of no use any more. */
    withdraw(task: string): void {
      for (const { close } of openIn(task)) close(declined("the turn is over"), "withdrawn");
    },
  };
}

function statusEvent(status: "working" | "input_required"): TaskEventBody {
  return { type: "task.status", data: { status, error: null } };
}

function declined(reason: string): RequestAnswer {
  return { decision: "deny", reason };
}
