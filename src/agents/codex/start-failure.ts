import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import type { ChildExit } from "../../process/child.ts";
import { RpcError } from "./rpc.ts";

interface Attempt {
  readonly executable: string;
  /** How it ended by itself; null when it still ran. */
  readonly exit: ChildExit | null;
  readonly stderr: string;
}

const CONFIG_WORDS = /config/i;
const UPDATE = "Update it with `npm install -g @openai/codex@latest` (or the way you installed it).";

/**
 * Why an app-server could not be had. There is no version to compare: what cannot be spoken to is too old.
 * Codex before app-server takes the word as a prompt and ends with "stdin is not a terminal" (0.50 and before).
 */
export function startFailure(error: unknown, { executable, exit, stderr }: Attempt): BatonError {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  if (exit !== null && exit.error !== null) {
    return new BatonError(
      "agent_unavailable",
      `Codex at ${executable} cannot be run: ${exit.error.message}`,
      {
        hint: "Check that the file is a program for this machine.",
        cause: error,
      },
    );
  }
  if (exit !== null && CONFIG_WORDS.test(said)) {
    return new BatonError("agent_unavailable", `Codex cannot start: ${said}`, {
      hint: "Repair Codex's config.toml; `codex doctor` or `codex` itself shows where.",
      cause: error,
    });
  }
  if (exit === null && error instanceof BatonError) return error;
  const words = isProtocolError(error) ? error.message : said;
  return new BatonError(
    "agent_unavailable",
    `The Codex at ${executable} is too old: it has no usable app-server${words === "" ? "." : ` (${words}).`}`,
    { hint: UPDATE, cause: error },
  );
}

function isProtocolError(error: unknown): error is Error {
  return error instanceof RpcError || error instanceof z.ZodError;
}
