import { SdkError, SdkErrorCode } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { HubClient } from "../../client/client.ts";
import type { TaskEvent } from "../../contracts/event.ts";
import type { Call } from "../call.ts";

/** What is asked during a task, and who it is put to. */
export interface Approvals {
  /** The steps that were declined because the client cannot be asked. */
  declined(): readonly string[];
}

type Opened = Extract<TaskEvent, { type: "request.opened" }>["data"];

/** What `codex mcp-server` of Codex 0.153.4 called the two kinds that it had. */
const OLD_KIND: Readonly<Record<string, string>> = {
  command: "exec-approval",
  file_change: "patch-approval",
};

const answerSchema = z.looseObject({
  action: z.string().optional(),
  decision: z.string().optional(),
  content: z.looseObject({ decision: z.string().optional() }).nullish().catch(null),
});

/**
 * Puts each request of a task to the client's person, until the task is final; beyond the end of the call too, since
 * Codex waits for the answer. A client that cannot ask has each declined at once.
 */
export function followApprovals(
  client: HubClient,
  task: string,
  { elicit }: Pick<Call, "elicit">,
): Approvals {
  const declined: string[] = [];
  const asking = new Map<string, AbortController>();

  const decide = async (request: Opened) => {
    // A server that takes over a task hears again what was closed before it came.
    const { items } = await client.call("request.list", { task });
    if (items.every(({ id }) => id !== request.id)) return;
    const isApproved = elicit === null ? false : await isAccepted(elicit, request);
    // The next server that is asked for the answer, or a person elsewhere, may still decide.
    if (isApproved === null) return;
    await client.call("request.answer", {
      request: request.id,
      decision: isApproved ? "approve" : "deny",
      reason: isApproved ? null : reasonOf(elicit),
    });
    if (elicit === null) declined.push(request.summary);
  };
  /** Null when the client went away without an answer. */
  const isAccepted = async (ask: NonNullable<Call["elicit"]>, request: Opened): Promise<boolean | null> => {
    const controller = new AbortController();
    asking.set(request.id, controller);
    try {
      return accepts(await ask(questionOf(request), controller.signal));
    } catch (error) {
      return error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed ? null : false;
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

/** In the words and with the marks of `codex mcp-server`; the details are ours. */
function questionOf({ kind, summary, detail }: Opened): Readonly<Record<string, unknown>> {
  const asked = kind === "command" ? `run \`${summary}\`` : `do this: ${summary}`;
  const old = OLD_KIND[kind];
  return {
    message: `Allow Codex to ${asked}?\n\n${detail}`,
    requestedSchema: { type: "object", properties: {} },
    ...(old === undefined ? {} : { codex_elicitation: old }),
  };
}

/** Old clients said `decision: "approved"`, beside the action or in the content. Only a clear yes is one. */
function accepts(given: unknown): boolean {
  const answer = answerSchema.safeParse(given).data;
  const said = answer?.decision ?? answer?.content?.decision;
  if (answer === undefined || (answer.action ?? "accept") !== "accept") return false;
  return said === undefined ? answer.action === "accept" : said.startsWith("approved");
}
