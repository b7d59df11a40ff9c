import type { Access } from "./task.ts";

/** Who asks over HTTP: the person, who can read the hub's token, or an agent that the hub has started. */
export type Who =
  | { readonly kind: "owner" }
  | {
      readonly kind: "child";
      /** The session that the agent works in. */
      readonly session: string;
      readonly access: Access;
      /** The directory of its task. */
      readonly cwd: string;
      /** Aborted when the credential is taken back. */
      readonly revoked: AbortSignal;
    };

/** What the hub serves at one path, to whoever has shown who they are. */
export interface Route {
  readonly path: string;
  /** The request's signal is aborted when the client has gone. */
  readonly handle: (request: Request, who: Who) => Promise<Response>;
}
