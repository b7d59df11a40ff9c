import { SdkError, SdkErrorCode } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { HubClient } from "../client/client.ts";
import type { TaskEvent } from "../contracts/event.ts";
import type { Call } from "./call.ts";

/** What is asked during a task, and who it is put to. */
export interface Approvals {
  /** The steps that were declined because the client cannot be asked. */
  declined(): readonly string[];
}

export type Opened = Extract<TaskEvent, { type: "request.opened" }>["data"];

/** What was answered in the client's dialog; null leaves the request to others. */
export type Verdict =
  | { readonly decision: "approve" | "deny" }
  | { readonly decision: "answer"; readonly text: string }
  | null;

/** How requests are put to the client's person. */
export interface Dialog {
  readonly question: (request: Opened) => Readonly<Record<string, unknown>>;
  readonly verdict: (given: unknown, request: Opened, elapsedMs: number) => Verdict;
  /** What becomes of requests where the client cannot ask anybody. */
  readonly unasked: "decline" | "leave";
}

const answerSchema = z.looseObject({
  action: z.string().optional(),
  content: z.looseObject({ answer: z.string().optional() }).nullish().catch(null),
});

/** Faster than anybody reads: a client that declines by itself, such as `codex exec` (0.169.0). */
const UNREAD_MS = 300;

/** Baton's own dialog. A client that says no by itself leaves the request to a person elsewhere. */
export const BATON_DIALOG: Dialog = {
  unasked: "leave",
  question: (request) => ({
    message: `${request.kind === "question" ? "A question" : "Allow this step"} of another agent: ${request.summary}\n\n${request.detail}`,
    requestedSchema: { type: "object", ...(isDecision(request) ? { properties: {} } : answerForm(request)) },
  }),
  verdict: (given, request, elapsedMs) => {
    const { action, content } = answerSchema.safeParse(given).data ?? {};
    if (action === "decline") return elapsedMs < UNREAD_MS ? null : { decision: "deny" };
    if (action !== "accept") return null;
    if (isDecision(request)) return { decision: "approve" };
    const text = content?.answer ?? "";
    return text === "" ? null : { decision: "answer", text };
  },
};

function isDecision({ options }: Opened): boolean {
  return options.join() === "approve,deny";
}

function answerForm({ options }: Opened) {
  const answer = { type: "string", title: "Answer", ...(options.length === 0 ? {} : { enum: options }) };
  return { properties: { answer }, required: ["answer"] };
}

/**
 * Puts each request of a task to the client's person, until the task is final; beyond the end of the call too, since
 * the agent waits for the answer.
 */
export function followApprovals(
  client: HubClient,
  task: string,
  { elicit }: Pick<Call, "elicit">,
  dialog: Dialog,
): Approvals {
  const declined: string[] = [];
  const asking = new Map<string, AbortController>();

  const decide = async (request: Opened) => {
    if (elicit === null && dialog.unasked === "leave") return;
    // A server that takes over a task hears again what was closed before it came.
    const { items } = await client.call("request.list", { task });
    if (items.every(({ id }) => id !== request.id)) return;
    const verdict = elicit === null ? { decision: "deny" as const } : await ask(elicit, request);
    // The next server that is asked for the answer, or a person elsewhere, may still decide.
    if (verdict === null) return;
    const { decision } = verdict;
    const text = decision === "answer" ? verdict.text : decision === "deny" ? reasonOf(elicit) : null;
    await client.call("request.answer", { request: request.id, decision, text, via: "elicitation" });
    if (elicit === null) declined.push(request.summary);
  };
  const ask = async (elicits: NonNullable<Call["elicit"]>, request: Opened): Promise<Verdict> => {
    const controller = new AbortController();
    asking.set(request.id, controller);
    const begun = performance.now();
    try {
      const given = await elicits(dialog.question(request), controller.signal);
      return dialog.verdict(given, request, performance.now() - begun);
    } catch (error) {
      // A client that is gone has decided nothing.
      const isGone = error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed;
      return isGone || dialog.unasked === "leave" ? null : { decision: "deny" };
    } finally {
      asking.delete(request.id);
    }
  };
  const onEvent = (event: TaskEvent) => {
    // A request that is closed meanwhile needs no answer any more.
    if (event.type === "request.opened") decide(event.data).catch(() => undefined);
    if (event.type === "request.closed") asking.get(event.data.id)?.abort();
  };
  // A hub that goes away takes its requests with it.
  client.call("task.events", { task, after: 0, follow: true }, { onEvent }).catch(() => undefined);
  return { declined: () => declined };
}

function reasonOf(elicit: Call["elicit"]): string {
  return elicit === null ? "The client of Baton cannot be asked for approvals." : "It was declined.";
}
