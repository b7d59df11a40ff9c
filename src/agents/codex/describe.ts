import path from "node:path";

import { z } from "zod";

import type { Abilities } from "../../contracts/agent.ts";
import { NO_OBSERVER, startJsonChild } from "../../process/child.ts";
import type { AgentDescription, AgentLogin, DescribeRequest } from "../driver.ts";
import { described } from "../described.ts";
import { withChosen } from "../refused-choice.ts";
import { declined } from "./answers.ts";
import { findCodex } from "./executable.ts";
import { lastWords } from "./last-words.ts";
import { listModels } from "./models.ts";
import { createRpcPeer, RpcError, type RpcPeer } from "./rpc.ts";

const INITIALIZE = {
  clientInfo: { name: "baton", title: "Baton", version: "0" },
  capabilities: { experimentalApi: true },
};

const initializedSchema = z.looseObject({ userAgent: z.string().nullish() });
const accountSchema = z.looseObject({
  account: z.looseObject({ type: z.string() }).nullable(),
  requiresOpenaiAuth: z.boolean(),
});
const configSchema = z.looseObject({
  config: z.looseObject({
    model: z.string().nullish(),
    model_provider: z.string().nullish(),
    mcp_servers: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** Means of the driver itself, see isolation.ts and approvals.ts. */
const ACCESS: AgentDescription["access"] = {
  read: { by: "sandbox", means: "Codex's sandbox of the system: nothing is written, no network." },
  write: { by: "sandbox", means: "Codex's sandbox of the system: it writes in the directory, no network." },
  full: { by: "nothing", means: "Codex works without its sandbox." },
};

/** Asks an installed Codex about itself by its app-server, without a call of a model (Codex 0.169.0). */
export async function describeCodex({ launch, limitMs }: DescribeRequest): Promise<AgentDescription> {
  const program = await findCodex(launch);
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [program, "app-server"],
    cwd: path.parse(program).root,
    env: launch.env,
    onLine: (line) => {
      if (line.kind === "json") peer.receive(line.value);
    },
  });
  const peer = createRpcPeer({
    send: (message) => child.send(message),
    onNotification: () => undefined,
    answer: async (request) => declined(request),
  });
  void child.exited.then(() => peer.fail(new Error(`it has ended: ${lastWords(child.stderr())}`)));
  try {
    return await described("Codex", limitMs, descriptionBy(peer));
  } finally {
    await child.stop();
  }
}

async function descriptionBy(peer: RpcPeer): Promise<AgentDescription> {
  const { userAgent } = await peer.request("initialize", INITIALIZE, initializedSchema);
  peer.notify("initialized");
  const [login, config, models, methods] = await Promise.all([
    readLogin(peer),
    orNull(peer.request("config/read", { cwd: null, includeLayers: false }, configSchema)),
    listModels(peer, "shown").catch(() => []),
    readMethods(peer),
  ]);
  const { model, model_provider, mcp_servers } = config?.config ?? {};
  return {
    version: /\/(\d+\.\d+\.\S+)/.exec(userAgent ?? "")?.[1] ?? null,
    login: login === null ? null : loginOf(login, model_provider ?? null),
    models: withChosen(models, model ?? null),
    abilities: {
      ...methods,
      schema: true,
      images: models.some(({ images }) => images !== false),
      usage: true,
      cost: false,
      approvals: true,
    },
    access: ACCESS,
    mcpServers: config === null ? null : (mcp_servers ?? {}),
  };
}

async function readLogin(peer: RpcPeer): Promise<z.infer<typeof accountSchema> | null> {
  return orNull(peer.request("account/read", {}, accountSchema));
}

async function readMethods(peer: RpcPeer): Promise<Pick<Abilities, "resume" | "fork" | "steer">> {
  const [resume, fork, steer] = await Promise.all([
    hasMethod(peer, "thread/resume", { threadId: NO_THREAD }),
    hasMethod(peer, "thread/fork", { threadId: NO_THREAD }),
    hasMethod(peer, "turn/steer", { threadId: NO_THREAD, expectedTurnId: NO_THREAD, input: [] }),
  ]);
  return { resume, fork, steer };
}

/** No thread has it. */
const NO_THREAD = "00000000-0000-7000-8000-000000000000";

/** A method that is there complains of the thread that is not; one that is not there, of the method (Codex 0.169.0). */
async function hasMethod(peer: RpcPeer, method: string, params: unknown): Promise<boolean> {
  return peer.request(method, params, z.unknown()).then(
    () => true,
    (error: unknown) => error instanceof RpcError && !/unknown variant|method not found/i.test(error.message),
  );
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  return work.catch(() => null);
}

function loginOf(
  { account, requiresOpenaiAuth }: z.infer<typeof accountSchema>,
  provider: string | null,
): AgentLogin {
  if (!requiresOpenaiAuth) {
    const named = provider === null ? null : `the provider ${provider}`;
    return { isLoggedIn: true, account: named, billedTo: "unknown" };
  }
  const type = account?.type ?? null;
  const billedTo =
    type === "chatgpt" ? "subscription" : /^api_?key$/i.test(type ?? "") ? "api_key" : "unknown";
  return { isLoggedIn: type !== null, account: type, billedTo };
}
