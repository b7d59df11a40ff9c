import path from "node:path";

import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { isBatonServer } from "../own-server.ts";
import { RpcError, type RpcPeer } from "./rpc.ts";

/** What Codex's configuration means for a directory. */
export interface EffectiveConfig {
  /** MCP servers of the user's and of a trusted project. */
  readonly mcpServers: readonly string[];
  /** Those of them that are Baton itself. */
  readonly batonServers: readonly string[];
  /** The folders that the configuration was read from. */
  readonly folders: readonly string[];
}

const configSchema = z.looseObject({
  config: z.looseObject({ mcp_servers: z.record(z.string(), z.unknown()).nullish() }),
  layers: z
    .array(
      z.looseObject({
        name: z.looseObject({ file: z.string().optional(), dotCodexFolder: z.string().optional() }),
      }),
    )
    .nullish(),
});

const UNREADABLE = /configuration/;

/**
 * Reads the configuration as it applies to a directory, or without one the user's alone.
 * @throws BatonError `agent_unavailable` when it is broken: an app-server then goes on with its defaults (Codex 0.169.0).
 */
export async function readConfig(
  peer: Pick<RpcPeer, "request">,
  cwd: string | null,
): Promise<EffectiveConfig> {
  try {
    const { config, layers } = await peer.request("config/read", { cwd, includeLayers: true }, configSchema);
    const folders = (layers ?? []).flatMap(({ name: { file, dotCodexFolder } }) => [
      ...(file === undefined ? [] : [path.dirname(file)]),
      ...(dotCodexFolder === undefined ? [] : [dotCodexFolder]),
    ]);
    const servers = Object.entries(config.mcp_servers ?? {});
    return {
      mcpServers: servers.map(([name]) => name),
      batonServers: servers.filter((server) => isBatonServer(...server)).map(([name]) => name),
      folders,
    };
  } catch (error) {
    if (!(error instanceof RpcError) || !UNREADABLE.test(error.message)) throw error;
    throw new BatonError("agent_unavailable", `Codex cannot use its configuration: ${error.message}`, {
      hint: "Repair Codex's config.toml; `codex` itself shows the place.",
      cause: error,
    });
  }
}
