import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import type { Usage } from "../../contracts/task.ts";
import { RpcError, type RpcPeer } from "./rpc.ts";

const accountSchema = z.looseObject({
  account: z.looseObject({ type: z.string() }).nullable(),
  requiresOpenaiAuth: z.boolean(),
});
const authStatusSchema = z.looseObject({
  authMethod: z.string().nullish(),
  requiresOpenaiAuth: z.boolean().nullish(),
});

export interface Login {
  /** How the user is logged in at OpenAI, as Codex calls it; null when not at all. */
  readonly method: string | null;
  /** Whether the configured provider needs that login. */
  readonly needed: boolean;
}

const BILLED_TO: Readonly<Record<string, Usage["billed_to"]>> = {
  chatgpt: "subscription",
  apiKey: "api_key",
  apikey: "api_key",
};

/**
 * Who pays for what this Codex does.
 * @throws BatonError `agent_auth` when its provider needs a login and there is none: a turn would hang on the network.
 */
export async function readAccount(peer: RpcPeer): Promise<Usage["billed_to"]> {
  const { method, needed } = await readLogin(peer);
  if (!needed) return "unknown";
  if (method === null) {
    throw new BatonError("agent_auth", "Codex is not logged in.", {
      hint: "Run `codex login` in a terminal, then try again.",
    });
  }
  return payerOf(method);
}

/** Who pays with a login, by Codex's own name of it. */
export function payerOf(method: string | null): Usage["billed_to"] {
  return (method === null ? undefined : BILLED_TO[method]) ?? "unknown";
}

/** How the user is logged in, as far as this Codex can tell. */
export async function readLogin(peer: RpcPeer): Promise<Login> {
  try {
    const { account, requiresOpenaiAuth } = await peer.request("account/read", {}, accountSchema);
    return { method: account?.type ?? null, needed: requiresOpenaiAuth };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // `account/read` asks OpenAI for the workspace of a ChatGPT login and fails without a network (Codex 0.169.0).
    const status = await peer.request("getAuthStatus", {}, authStatusSchema);
    return { method: status.authMethod ?? null, needed: status.requiresOpenaiAuth ?? true };
  }
}
