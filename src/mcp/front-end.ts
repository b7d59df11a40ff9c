import type { HubClient } from "../client/client.ts";
import type { Caller } from "../contracts/rpc.ts";

/** What the MCP server works with in one call, whoever its client is. */
export interface FrontEnd {
  /** In the name of whoever calls. */
  readonly client: HubClient;
  readonly callerAt: (standing: Standing) => Promise<Caller>;
  /** A caller who only looks. */
  readonly observer: (standing: Standing) => Caller;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that the server was started in; null where it was not started by its client. */
  readonly cwd: string | null;
  /** The longest time that a call may take, in milliseconds; null: by client. */
  readonly maxWaitMs: number | null;
}

/** Where a caller stands. */
export interface Standing {
  /** The directory that counts as theirs. */
  readonly cwd: string;
  /** The folders that their client says they work in. */
  readonly workspaces: readonly string[];
  /** The directory that the call asks for; null leaves it to the session, else to the caller. */
  readonly asked: string | null;
}
