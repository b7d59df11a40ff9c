import type { HubClient } from "../client/client.ts";
import type { Caller } from "../contracts/rpc.ts";

/** What the MCP server works with, whoever its client is. */
export interface FrontEnd {
  readonly client: HubClient;
  /** The caller as one agent may see them. */
  readonly callerFor: (agent: string, standing: Standing) => Promise<Caller>;
  /** A caller who only looks. */
  readonly observer: (standing: Standing) => Caller;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that the server was started in. */
  readonly cwd: string;
  /** The longest time that a call may take, in milliseconds; null: by client. */
  readonly maxWaitMs: number | null;
}

/** Where a caller stands: the directory that counts as theirs, and where their lineage begins. */
export interface Standing {
  readonly cwd: string;
  readonly root: string;
}
