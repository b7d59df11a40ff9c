import type { RequestAnswer } from "../agents/driver.ts";
import { BatonError } from "../contracts/error.ts";
import type { ClosedBy } from "../contracts/event.ts";
import type { Request } from "../contracts/request.ts";
import type { RpcParams } from "../contracts/rpc.ts";
import { isBelow, maySee } from "../core/visibility.ts";
import { requestNotFound } from "./requests.ts";
import { found } from "./start-task.ts";
import type { HubState } from "./state.ts";
import { standingOf, type Asker } from "./viewer.ts";

/** The requests that wait, of the tasks that the asker may see. */
export function listRequests(hub: HubState, asker: Asker, task: string | null): readonly Request[] {
  return hub.requests.list(task).filter((request) => isTheirs(hub, asker, request));
}

function isTheirs(hub: HubState, { viewer }: Asker, { task }: Request): boolean {
  return maySee(viewer, standingOf(hub, found(hub, task)));
}

/**
 * Answers a request: a person does, on a terminal or in the dialog of an agent's client; a model only where the config
 * allows it, and never for what stands above it.
 * @throws BatonError `request_not_found`, `access_denied`, `invalid_argument`
 */
export function answerRequest(hub: HubState, asker: Asker, params: RpcParams<"request.answer">): Request {
  const { request, takes, byModel } = hub.requests.find(params.request);
  if (!isTheirs(hub, asker, request)) throw requestNotFound(params.request);
  const by = answererOf(hub, asker, { request, byModel, via: params.via });
  return hub.requests.answer(request.id, answerIn(params, takes), by);
}

interface Asked {
  readonly request: Request;
  readonly byModel: boolean;
  readonly via: RpcParams<"request.answer">["via"];
}

function answererOf(hub: HubState, asker: Asker, { request, byModel, via }: Asked): ClosedBy {
  const { viewer, origin, task } = asker;
  if (viewer.kind === "person") return "person";
  const below = isBelow(viewer, standingOf(hub, found(hub, request.task)));
  // Only the server of a person's own agent can have shown a dialog; an agent of ours has nobody to show it to.
  if (via === "elicitation" && viewer.kind === "agent" && origin.front_end === "server" && below)
    return "client";
  if (byModel && below && (task === null || task.access !== "read")) return "model";
  throw new BatonError("access_denied", `the request ${request.id} is a person's to answer`, {
    hint:
      byModel && !below
        ? "An agent answers for what it has asked for itself, never for what stands above it."
        : `A person can, in a terminal that is not inside an agent: \`baton approve ${request.id}\` or \`baton deny ${request.id}\`; or allow models to with [approvals] by_model in Baton's config.`,
  });
}

function answerIn(
  { decision, text }: RpcParams<"request.answer">,
  takes: "decision" | "text",
): RequestAnswer {
  if (decision === "approve") return { decision };
  if (decision === "deny") return { decision, reason: text ?? "denied" };
  // Who has only a text at hand may say yes or no with it.
  if (takes === "decision" && /^(y|yes|approve)$/i.test(text ?? "")) return { decision: "approve" };
  if (takes === "decision" && /^(n|no|deny)$/i.test(text ?? ""))
    return { decision: "deny", reason: "denied" };
  return { decision: "answer", text: text ?? "" };
}
