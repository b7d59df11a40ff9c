import path from "node:path";

import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { isBatonServer } from "../own-server.ts";
import { RpcError, type RpcPeer } from "./rpc.ts";

/** What Codex's configuration means for a directory. */
export interface EffectiveConfig {
  /** MCP servers that the directory would have, those of a project that is not trusted too. */
  readonly mcpServers: readonly McpServer[];
  /** The folders that the configuration was read from. */
  readonly folders: readonly string[];
  /** Folders whose own `.codex` is passed over, since the user has not trusted them. */
  readonly untrusted: readonly string[];
  /** What the user tells every thread. */
  readonly developerInstructions: string | null;
}

/** One MCP server of the user's or of a project's. */
export interface McpServer {
  readonly name: string;
  /** Whether the project alone has defined it. */
  readonly isOfProject: boolean;
  /** Whether Codex starts it without being told. */
  readonly isTrusted: boolean;
  readonly isBaton: boolean;
  /** Whether it is a program that Codex starts, and so has an environment. */
  readonly isProgram: boolean;
}

const serversSchema = z.record(z.string(), z.unknown()).nullish();
const layerSchema = z.looseObject({
  name: z.looseObject({
    type: z.string().optional(),
    file: z.string().optional(),
    dotCodexFolder: z.string().optional(),
  }),
  config: z.looseObject({ mcp_servers: serversSchema }).nullish(),
  disabledReason: z.string().nullish(),
});
type Layer = z.infer<typeof layerSchema>;
const configSchema = z.looseObject({
  config: z.looseObject({ mcp_servers: serversSchema, developer_instructions: z.string().nullish() }),
  layers: z.array(layerSchema).nullish(),
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
    const read = await peer.request("config/read", { cwd, includeLayers: true }, configSchema);
    const layers = read.layers ?? [];
    return {
      mcpServers: serversIn(read.config.mcp_servers ?? {}, layers),
      folders: layers.flatMap(({ name: { file, dotCodexFolder } }) => [
        ...(file === undefined ? [] : [path.dirname(file)]),
        ...(dotCodexFolder === undefined ? [] : [dotCodexFolder]),
      ]),
      untrusted: layers.flatMap(({ name: { dotCodexFolder }, disabledReason }) =>
        dotCodexFolder === undefined || (disabledReason ?? null) === null
          ? []
          : [path.dirname(dotCodexFolder)],
      ),
      developerInstructions: read.config.developer_instructions ?? null,
    };
  } catch (error) {
    if (!(error instanceof RpcError) || !UNREADABLE.test(error.message)) throw error;
    throw new BatonError("agent_unavailable", `Codex cannot use its configuration: ${error.message}`, {
      hint: "Repair Codex's config.toml; `codex` itself shows the place.",
      cause: error,
    });
  }
}

function serversIn(
  effective: Readonly<Record<string, unknown>>,
  layers: readonly Layer[],
): readonly McpServer[] {
  const own = layers.filter((layer) => !isProject(layer)).flatMap(definedIn);
  const ofProject = layers.filter(isProject).flatMap(definedIn);
  const owners = new Set(own.map(([name]) => name));
  const projects = new Set(ofProject.map(([name]) => name));
  const names = new Set([...Object.keys(effective), ...projects]);
  return [...names].map((name) => {
    const definitions = [...own, ...ofProject, [name, effective[name]] as const]
      .filter((server) => server[0] === name)
      .map(([, definition]) => definition);
    return {
      name,
      isOfProject: projects.has(name) && !owners.has(name),
      isTrusted: Object.hasOwn(effective, name),
      isBaton: definitions.some((definition) => isBatonServer(name, definition)),
      isProgram: definitions.some(
        (definition) => typeof definition === "object" && definition !== null && "command" in definition,
      ),
    };
  });
}

function isProject({ name }: Layer): boolean {
  return name.dotCodexFolder !== undefined;
}

function definedIn({ config }: Layer): readonly (readonly [string, unknown])[] {
  return Object.entries(config?.mcp_servers ?? {});
}
