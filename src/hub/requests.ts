import type { AgentRequest, RequestAnswer } from "../agents/driver.ts";
import type { ApprovalSettings } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import type { ClosedBy, TaskEventBody } from "../contracts/event.ts";
import type { Request } from "../contracts/request.ts";
import { decide } from "../core/approval-rules.ts";
import { newId } from "./ids.ts";

/** The task that asks. */
export interface AskingTask {
  readonly id: string;
  readonly agent: string;
  readonly cwd: string;
}

/** A request that waits, and what holds for its answer. */
export interface OpenRequestState {
  readonly request: Request;
  readonly takes: AgentRequest["takes"];
  /** Whether a model may answer it. */
  readonly byModel: boolean;
}

/** What holds for the answer, and when the agent does not wait for it any more. */
export interface AskOptions {
  readonly settings: ApprovalSettings;
  readonly withdrawn?: AbortSignal | undefined;
}

interface Open extends OpenRequestState {
  readonly close: (answer: RequestAnswer, word: string, by: ClosedBy) => void;
}

export type Requests = ReturnType<typeof createRequests>;

/** The requests that wait for an answer. They live as long as the turn that asked; the log keeps what became of them. */
export function createRequests(append: (task: string, events: readonly TaskEventBody[]) => void) {
  const open = new Map<string, Open>();
  const openIn = (task: string) => [...open.values()].filter(({ request }) => request.task === task);

  const wait = async (request: Request, asked: AgentRequest, { settings, withdrawn }: AskOptions) => {
    const { id, task } = request;
    const answered = Promise.withResolvers<RequestAnswer>();
    const close: Open["close"] = (answer, word, by) => {
      if (!open.delete(id)) return;
      clearTimeout(timer);
      withdrawn?.removeEventListener("abort", withdraw);
      const resumed: readonly TaskEventBody[] = openIn(task).length === 0 ? [statusEvent("working")] : [];
      append(task, [closedEvent(id, word, by), ...resumed]);
      answered.resolve(answer);
    };
    const late = () => close(declined("nobody has answered in time"), "expired", "timeout");
    const withdraw = () => close(declined("the agent asks no more"), "withdrawn", "turn");
    withdrawn?.addEventListener("abort", withdraw);
    const timer = setTimeout(late, settings.timeout);
    const isFirst = openIn(task).length === 0;
    open.set(id, { request, takes: asked.takes, byModel: settings.by_model, close });
    append(task, [openedEvent(request), ...(isFirst ? [statusEvent("input_required")] : [])]);
    return answered.promise;
  };

  return {
    /** Opens a request and resolves with its answer, that of the user's rules or somebody's; an unanswered one is declined. */
    async ask(task: AskingTask, asked: AgentRequest, held: AskOptions): Promise<RequestAnswer> {
      const { settings } = held;
      const { kind, summary, detail, takes, options } = asked;
      const request: Request = {
        id: newId("r"),
        task: task.id,
        kind,
        summary,
        detail,
        options: takes === "decision" ? ["approve", "deny"] : [...options],
        expires_at: new Date(Date.now() + settings.timeout).toISOString(),
        answer: null,
      };
      const decision = decide(settings, { agent: task.agent, cwd: task.cwd, kind, summary, takes });
      if (decision === "ask") return wait(request, asked, held);
      const word = decision === "approve" ? "approve" : "deny";
      append(task.id, [openedEvent(request), closedEvent(request.id, word, "policy")]);
      return decision === "approve" ? { decision } : declined("the user's rules decline it");
    },
    /** @throws BatonError `request_not_found` */
    find(id: string): OpenRequestState {
      const found = open.get(id);
      if (found !== undefined) return found;
      throw requestNotFound(id);
    },
    /** The first answer counts. @throws BatonError `request_not_found`, `invalid_argument` for one that does not fit */
    answer(id: string, answer: RequestAnswer, by: ClosedBy): Request {
      const found = open.get(id);
      if (found === undefined) throw requestNotFound(id);
      checkFits(found, answer);
      const word = answer.decision === "answer" ? answer.text : answer.decision;
      found.close(answer, word, by);
      return { ...found.request, answer: word };
    },
    /** Whether a task asks something that a model may answer. */
    isForModel: (task: string): boolean => openIn(task).some(({ byModel }) => byModel),
    list: (task: string | null): readonly Request[] =>
      [...open.values()].map(({ request }) => request).filter((one) => task === null || one.task === task),
    /** The task's turn is over: what it still asks is of no use any more. */
    withdraw(task: string): void {
      for (const { close } of openIn(task)) close(declined("the turn is over"), "withdrawn", "turn");
    },
  };
}

/** There is no such request, or it waits no more. */
export function requestNotFound(id: string): BatonError {
  return new BatonError("request_not_found", `no request ${JSON.stringify(id)} waits for an answer`, {
    hint: "It may have been answered, have expired, or its task is over. `baton requests` lists those that wait.",
  });
}

function checkFits({ request, takes }: Open, answer: RequestAnswer): void {
  if (answer.decision === "approve" && takes === "text") {
    const choices = request.options.length === 0 ? "" : ` (${request.options.join(", ")})`;
    throw new BatonError(
      "invalid_argument",
      `the request ${request.id} is a question and needs a text${choices}`,
      {
        hint: `Answer it: \`baton answer ${request.id} "…"\`, or \`baton deny ${request.id}\`.`,
      },
    );
  }
  if (answer.decision === "answer" && takes === "decision") {
    throw new BatonError("invalid_argument", `the request ${request.id} takes a yes or no`, {
      hint: `\`baton approve ${request.id}\` or \`baton deny ${request.id}\`.`,
    });
  }
}

function openedEvent({ id, kind, summary, detail, options, expires_at }: Request): TaskEventBody {
  return { type: "request.opened", data: { id, kind, summary, detail, options, expires_at } };
}

function closedEvent(id: string, answer: string, by: ClosedBy): TaskEventBody {
  return { type: "request.closed", data: { id, answer, by } };
}

function statusEvent(status: "working" | "input_required"): TaskEventBody {
  return { type: "task.status", data: { status, error: null } };
}

function declined(reason: string): RequestAnswer {
  return { decision: "deny", reason };
}
