import type { z } from "zod";
import { BatonError } from "../contracts/error.ts";
import type { Origin } from "../contracts/origin.ts";
import { HUB_ENDING, RPC } from "../contracts/rpc.ts";
import { sentenceOf } from "../contracts/sentence.ts";
import { HANDLERS, isMethod, statusOf, stopHub } from "./methods.ts";
import type { RequestContext } from "./request-context.ts";
import type { HubState } from "./state.ts";
import { askerOf, type ChildIdentity } from "./viewer.ts";

/** A request as it has come in, over the socket or from within the hub. */
export interface Incoming extends Omit<RequestContext, "asker"> {
  readonly method: string;
  readonly params: unknown;
  readonly origin: Origin | null;
  /** The conversation of ours whose credential came with it. */
  readonly child: ChildIdentity | null;
}

/**
 * Answers a request of a front end.
 * @throws BatonError as the methods say, `access_denied`, `hub_unavailable` when the hub is on its way out
 */
export async function dispatch(hub: HubState, incoming: Incoming): Promise<unknown> {
  const { method, params, origin, child, ...context } = incoming;
  if (hub.isStopping()) throw new BatonError("hub_unavailable", HUB_ENDING);
  if (method === "hub.status") return statusOf(hub, await hub.httpUrl());
  if (method === "hub.stop") {
    refuseDelegates(hub, origin, child);
    return stopHub(hub, parsed(RPC["hub.stop"].params, params));
  }
  if (!isMethod(method)) {
    throw new BatonError("invalid_argument", `this hub (${hub.version}) has no ${method}`, {
      hint: "Run `baton hub stop` so that the next command starts the hub of its own version.",
    });
  }
  if (origin === null) throw new BatonError("invalid_argument", `${method} has to say where it comes from`);
  const schema: z.ZodType = RPC[method].params;
  // The compiler cannot see that a method's schema and its handler belong together.
  const handler = HANDLERS[method] as (hub: HubState, params: unknown, context: RequestContext) => unknown;
  return handler(hub, parsed(schema, params), { ...context, asker: askerOf(hub, origin, child) });
}

/** Front ends of other versions do not say where they come from, and have to be able to replace a hub. */
function refuseDelegates(hub: HubState, origin: Origin | null, child: ChildIdentity | null): void {
  if (origin === null || askerOf(hub, origin, child).task === null) return;
  throw new BatonError("access_denied", "an agent that Baton has started cannot end the hub");
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BatonError("invalid_argument", sentenceOf(result.error));
}
