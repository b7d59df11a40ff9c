import { createClient, type HubClient, type HubConnection, type Looking } from "../client/client.ts";
import { lookAround, NO_CLIENT } from "../client/origin.ts";
import type { Origin } from "../contracts/origin.ts";
import type { RpcInput, RpcResult } from "../contracts/rpc.ts";
import { configOf, homeOf } from "../process/places.ts";
import { thisProgram } from "./this-program.ts";
import { VERSION } from "./version.ts";

/** What a command works with. */
export interface CommandContext {
  readonly client: ShellClient;
  readonly config: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The hub, asked in the name of this command. */
export interface ShellClient extends HubClient, Pick<HubConnection, "close"> {
  /** Asks the hub that is there, or gives null: starts none. */
  callRunning<M extends Looking>(method: M, params: RpcInput<M>): Promise<RpcResult<M> | null>;
}

/** The context of a command that was typed in a shell. */
export function shellContext(): CommandContext {
  const { env } = process;
  const config = configOf(env);
  const client = shellClient({ home: homeOf(env), config, env });
  return { client, config, cwd: process.cwd(), env };
}

interface ShellOptions {
  readonly home: string;
  readonly config: string;
  readonly env: CommandContext["env"];
}

/** The way to a hub for a command of this process. */
export function shellClient({ home, config, env }: ShellOptions): ShellClient {
  const connection = createClient({ home, config, version: VERSION, entry: thisProgram(), env });
  let origin: Promise<Origin> | null = null;
  const originOf = () =>
    (origin ??= lookAround(env, "command", config).then((around) => ({ ...around, client: NO_CLIENT })));
  return {
    ...connection.as(originOf),
    callRunning: async (method, params) => connection.callRunning(method, params, await originOf()),
    close: () => connection.close(),
  };
}
