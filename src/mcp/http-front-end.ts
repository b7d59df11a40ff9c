import { parse } from "node:path";
import { callerFor, observer } from "../client/caller.ts";
import type { HubClient } from "../client/client.ts";
import type { Who } from "../contracts/http.ts";
import type { Call } from "./call.ts";
import type { FrontEnd } from "./front-end.ts";

export interface HttpFrontEndOptions {
  /** A way to the hub's methods for as long as the connection is there. */
  readonly local: (closed: AbortSignal) => HubClient;
  /** The config that holds for whoever comes over HTTP. */
  readonly config: string;
  /** The hub's own environment: a client over HTTP brings none. */
  readonly env: FrontEnd["env"];
}

/** What the tools work with where the client is reached over HTTP. */
export function httpFrontEnd({ local, config, env }: HttpFrontEndOptions) {
  return async (call: Call, _who: Who): Promise<FrontEnd> => {
    const more = { config, front_end: "server" } as const;
    return {
      // Who calls is bound here: a child is its own session, never what it says of itself.
      client: local(call.connection.closed),
      callerFor: (agent, standing) => callerFor(agent, env, { ...standing, ...more }),
      observer: (standing) => observer(env, { ...standing, ...more }),
      env,
      // The hub stands nowhere. The root is no workspace, so that who names none is asked for one.
      cwd: parse(process.cwd()).root,
      maxWaitMs: null,
    };
  };
}
