/** What a client has open to the server, for as long as it has it. */
export interface Connection {
  /** Aborted when it has ended; never where only the hub can tell. */
  readonly closed: AbortSignal;
  /** The tasks whose requests are put to the client's person already. */
  readonly followed: Set<string>;
}

/** One `tools/call` while it is answered. */
export interface Call {
  /** `clientInfo.name` of the client's `initialize`. */
  readonly client: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly connection: Connection;
  /** Aborted when the client gives the call up; `reason` says why. */
  readonly signal: AbortSignal;
  /** When it came, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Tells the client that the call goes on; does nothing when it did not ask to be told. */
  readonly progress: (message: string) => void;
  /** The client's workspace folders, empty when it has none to tell. */
  readonly roots: () => Promise<readonly string[]>;
  /** Asks the person at the client; null when it cannot. Goes on after the call has been answered. */
  readonly elicit:
    | ((
        params: Readonly<Record<string, unknown>>,
        signal: AbortSignal,
      ) => Promise<Readonly<Record<string, unknown>>>)
    | null;
}
