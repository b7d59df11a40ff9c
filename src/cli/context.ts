import { createClient, type HubClient } from "../client/client.ts";
import { configOf, homeOf } from "../process/places.ts";
import { thisProgram } from "./this-program.ts";
import { VERSION } from "./version.ts";

/** What a command works with. */
export interface CommandContext {
  readonly client: HubClient;
  readonly config: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The context of a command that was typed in a shell. */
export function shellContext(): CommandContext {
  const { env } = process;
  const config = configOf(env);
  const client = createClient({ home: homeOf(env), config, version: VERSION, entry: thisProgram(), env });
  return { client, config, cwd: process.cwd(), env };
}
