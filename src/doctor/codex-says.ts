import path from "node:path";
import { z } from "zod";
import { declined } from "../agents/codex/answers.ts";
import { createRpcPeer, type RpcPeer } from "../agents/codex/rpc.ts";
import type { Environment } from "../agents/driver.ts";
import { NO_OBSERVER, startJsonChild } from "../process/child.ts";
import type { AgentSays, Model } from "./facts.ts";
import { limited } from "./limited.ts";

const INITIALIZE = {
  clientInfo: { name: "baton", title: "Baton", version: "0" },
  capabilities: { experimentalApi: true },
};

const accountSchema = z.looseObject({
  account: z.looseObject({ type: z.string() }).nullable(),
  requiresOpenaiAuth: z.boolean(),
});
const modelsSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      hidden: z.boolean().nullish(),
      isDefault: z.boolean().nullish(),
      supportedReasoningEfforts: z.array(z.looseObject({ reasoningEffort: z.string() })).catch([]),
    }),
  ),
});
const configSchema = z.looseObject({
  config: z.looseObject({
    model: z.string().nullish(),
    model_provider: z.string().nullish(),
    mcp_servers: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** What Codex 0.169.0 tells by its app-server, without a call of a model. */
export interface CodexSays {
  readonly says: AgentSays | null;
  /** Its MCP servers as it has understood its configuration; null when it cannot tell. */
  readonly servers: Readonly<Record<string, unknown>> | null;
}

/** Asks an installed Codex about itself. */
export async function askCodex(program: string, env: Environment, limitMs: number): Promise<CodexSays> {
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [program, "app-server"],
    cwd: path.parse(program).root,
    env,
    onLine: (line) => {
      if (line.kind === "json") peer.receive(line.value);
    },
  });
  const peer = createRpcPeer({
    send: (message) => child.send(message),
    onNotification: () => undefined,
    answer: async (request) => declined(request),
  });
  void child.exited.then(() => peer.fail(new Error("Codex has ended")));
  const ask = async () => {
    await peer.request("initialize", INITIALIZE, z.looseObject({}));
    peer.notify("initialized");
    const [account, config, models] = await Promise.all([
      orNull(peer, "account/read", accountSchema),
      orNull(peer, "config/read", configSchema),
      orNull(peer, "model/list", modelsSchema),
    ]);
    return { account, config: config?.config ?? null, models: (models?.data ?? []).map(modelOf) };
  };
  try {
    const asked = await limited(ask(), limitMs);
    if (asked === null) return { says: null, servers: null };
    const { account, config, models } = asked;
    const says = account === null ? null : saysOf(account, config?.model_provider ?? null, models);
    return { says, servers: config === null ? null : (config.mcp_servers ?? {}) };
  } finally {
    await child.stop();
  }
}

async function orNull<S extends z.ZodType>(
  peer: RpcPeer,
  method: string,
  schema: S,
): Promise<z.infer<S> | null> {
  const params = method === "config/read" ? { cwd: null, includeLayers: false } : {};
  return peer.request(method, params, schema).catch(() => null);
}

function saysOf(
  { account, requiresOpenaiAuth }: z.infer<typeof accountSchema>,
  provider: string | null,
  models: readonly Model[],
): AgentSays {
  if (!requiresOpenaiAuth) {
    const named = provider === null ? null : `the provider ${provider}`;
    return { isLoggedIn: true, account: named, billedTo: "unknown", models };
  }
  const type = account?.type ?? null;
  const billedTo =
    type === "chatgpt" ? "subscription" : /^api_?key$/i.test(type ?? "") ? "api_key" : "unknown";
  return { isLoggedIn: type !== null, account: type, billedTo, models };
}

function modelOf(model: z.infer<typeof modelsSchema>["data"][number]): Model {
  return {
    id: model.id,
    efforts: model.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort),
    isDefault: model.isDefault === true,
  };
}
