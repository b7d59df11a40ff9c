import path from "node:path";

import { z } from "zod";

import type { Abilities } from "../../contracts/agent.ts";
import { NO_OBSERVER, startJsonChild } from "../../process/child.ts";
import { limit } from "../../process/limit.ts";
import type { AgentDescription, AgentLogin, DescribeRequest } from "../driver.ts";
import { described } from "../described.ts";
import { withChosen } from "../refused-choice.ts";
import { payerOf, readLogin, type Login } from "./account.ts";
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
const configSchema = z
  .looseObject({
    config: z.looseObject({
      model: z.string().nullish(),
      model_provider: z.string().nullish(),
      mcp_servers: z.record(z.string(), z.unknown()).nullish(),
    }),
  })
  .transform(({ config }) => ({
    model: config.model ?? null,
    provider: config.model_provider ?? null,
    mcpServers: config.mcp_servers ?? {},
  }));
const UNTOLD = { model: null, provider: null, mcpServers: null };

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
    return await described("Codex", limitMs, descriptionBy(peer, limitMs / 2));
  } finally {
    await child.stop();
  }
}

async function descriptionBy(peer: RpcPeer, partLimitMs: number): Promise<AgentDescription> {
  const { userAgent } = await peer.request("initialize", INITIALIZE, initializedSchema);
  peer.notify("initialized");
  const [login, told, listed, methods] = await Promise.all([
    orNull(readLogin(peer), partLimitMs),
    orNull(peer.request("config/read", { cwd: null, includeLayers: false }, configSchema), partLimitMs),
    orNull(listModels(peer, "shown"), partLimitMs),
    readMethods(peer),
  ]);
  const { model, provider, mcpServers } = told ?? UNTOLD;
  const models = listed ?? [];
  return {
    version: /\/(\d+\.\d+\.\S+)/.exec(userAgent ?? "")?.[1] ?? null,
    login: login === null ? null : loginOf(login, provider),
    models: withChosen(models, model),
    abilities: {
      ...methods,
      schema: true,
      images: models.length === 0 || models.some(({ images }) => images !== false),
      usage: true,
      cost: false,
      approvals: true,
    },
    access: ACCESS,
    mcpServers,
  };
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

/** A part that Codex cannot tell, or not in time: for its account and its models it may ask OpenAI. */
async function orNull<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  return (await Promise.race([work.catch(() => null), limit(limitMs)])) ?? null;
}

function loginOf({ method, needed }: Login, provider: string | null): AgentLogin {
  if (needed) return { isLoggedIn: method !== null, account: method, billedTo: payerOf(method) };
  const named = provider === null ? null : `the provider ${provider}`;
  return { isLoggedIn: true, account: named, billedTo: "unknown" };
}
