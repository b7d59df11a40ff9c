import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import type { ChildExit } from "../../process/child.ts";
import { RpcError } from "./rpc.ts";

interface Attempt {
  readonly executable: string;
  /** How it ended by itself; null when it still ran. */
  readonly exit: ChildExit | null;
  /** What it said to a person last. */
  readonly said: string;
}

/** What programs say that take `app-server` for something else; Codex before it took the word as a prompt (0.50). */
const NOT_UNDERSTOOD = /stdin is not a terminal|unrecognized subcommand|unexpected argument|invalid value/i;
const UPDATE =
  "Update Codex with `npm install -g @openai/codex@latest`, or the way you installed it; check with `codex app-server --help`.";

/** Why an app-server could not be had. There is no version to compare: what cannot be spoken to is too old. */
export function startFailure(error: unknown, { executable, exit, said }: Attempt): BatonError {
  const unavailable = (message: string, hint: string) =>
    new BatonError("agent_unavailable", message, { hint, cause: error });
  if (exit === null && error instanceof BatonError) return error;
  if (exit !== null && exit.error !== null) {
    const message = `Codex at ${executable} cannot be run: ${exit.error.message}`;
    return unavailable(message, "Check that the file is a program for this machine.");
  }
  if (exit !== null && said !== "" && !NOT_UNDERSTOOD.test(said)) {
    return unavailable(`Codex at ${executable} did not start: ${said}`, UPDATE);
  }
  const words = isProtocolError(error) ? error.message : said;
  const detail = words === "" ? "" : ` (${words})`;
  return unavailable(`Codex at ${executable} is too old: it has no usable app-server${detail}.`, UPDATE);
}

function isProtocolError(error: unknown): error is Error {
  return error instanceof RpcError || error instanceof z.ZodError;
}
