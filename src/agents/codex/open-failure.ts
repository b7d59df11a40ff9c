import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { RpcError } from "./rpc.ts";

/** Words of Codex 0.169.0; all of these have the same code, -32600. */
const UNKNOWN_THREAD = /no rollout found|invalid session id/;
const OTHER_WRITER = /already has an active writer/;
const UNKNOWN_METHOD = /unknown variant|method not found/i;

/** What it means that a thread could not be opened. */
export function openFailure(error: unknown, nativeId: string | null): unknown {
  if (error instanceof z.ZodError)
    return unavailable("Codex answered in a form that Baton does not know.", error);
  if (!(error instanceof RpcError)) return error;
  const { code, message } = error;
  if (nativeId !== null && UNKNOWN_THREAD.test(message)) return notFound(nativeId);
  if (nativeId !== null && OTHER_WRITER.test(message)) return busy(nativeId);
  if (code === -32_601 || UNKNOWN_METHOD.test(message)) {
    return unavailable(`This Codex is too old for Baton (${message}).`, error);
  }
  return new BatonError("agent_unavailable", `Codex could not open the conversation: ${message}`, {
    hint: "If it speaks of a configuration, repair Codex's config.toml.",
    cause: error,
  });
}

export function notFound(nativeId: string): BatonError {
  return new BatonError("session_not_found", `Codex has no conversation ${nativeId}.`, {
    hint: "It may lie under another CODEX_HOME, or have been deleted. Start a new session.",
  });
}

export function busy(nativeId: string): BatonError {
  return new BatonError("session_busy", `The conversation ${nativeId} is open in another Codex.`, {
    hint: `Close it there and try again, or go on in a copy: \`codex fork ${nativeId}\` in a terminal makes one.`,
  });
}

/** For a Codex that passed over what we said about the sandbox. */
export function unrestricted(): BatonError {
  return unavailable("This Codex did not take the sandbox that Baton asked for.", null);
}

function unavailable(message: string, cause: unknown): BatonError {
  return new BatonError("agent_unavailable", message, {
    hint: "Update Codex with `npm install -g @openai/codex@latest`, and Baton.",
    cause,
  });
}
