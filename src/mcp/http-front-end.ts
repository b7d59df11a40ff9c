import { callerFor, observer } from "../client/caller.ts";
import type { HubClient } from "../client/client.ts";
import type { Who } from "../contracts/http.ts";
import type { Origin } from "../contracts/origin.ts";
import type { Call } from "./call.ts";
import type { FrontEnd } from "./front-end.ts";
import { clientSessionOf } from "./identity.ts";

export interface HttpFrontEndOptions {
  /** A way to the hub's methods for as long as the connection is there, in the name of whoever calls. */
  readonly local: (caller: HttpCaller) => HubClient;
  /** The config that holds for whoever comes over HTTP. */
  readonly config: string;
  /** The hub's own environment: a client over HTTP brings none. */
  readonly env: FrontEnd["env"];
}

/** Who calls over HTTP: an agent of ours by its credential, any other by what its client says of it. */
export interface HttpCaller {
  readonly who: Who;
  readonly origin: Origin;
  /** Aborted when the connection has ended. */
  readonly closed: AbortSignal;
}

/** What the tools work with where the client is reached over HTTP. */
export function httpFrontEnd({ local, config, env }: HttpFrontEndOptions) {
  return async (call: Call, who: Who): Promise<FrontEnd> => ({
    client: local({ who, origin: originOf(call), closed: call.connection.closed }),
    callerAt: async ({ cwd, workspaces }) => callerFor(env, { cwd, workspaces, config }),
    observer: ({ cwd, workspaces }) => observer(env, { cwd, workspaces, config }),
    env,
    // The hub stands nowhere: who names no directory is asked for one. One of its own agents stands where its task does.
    cwd: who.kind === "child" ? who.cwd : null,
    maxWaitMs: null,
  });
}

/** A client over HTTP may be anywhere, so nothing is known of the processes around it. */
function originOf(call: Call): Origin {
  const client = clientSessionOf(call, {});
  // By its name, so that it finds its tasks again after it has connected anew.
  const sessions = client.sessions.length === 0 ? [`http:${call.client || "client"}`] : client.sessions;
  return {
    front_end: "server",
    client: { ...client, sessions },
    ancestors: [],
    marks: [],
    inside: null,
    bridge_depth: 0,
  };
}
