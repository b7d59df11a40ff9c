import { BatonError, errorOf, EXIT_CODE_BY_ERROR } from "../contracts/error.ts";
import { noteError, printJson } from "./output.ts";

/** Says what went wrong, as text or JSON, and gives the exit code for it. */
export function explain(error: unknown): number {
  const stored = errorOf(error, "agent_error");
  if (process.argv.includes("--json")) printJson({ error: stored });
  else noteError(stored);
  if (!(error instanceof BatonError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT_CODE_BY_ERROR[stored.code];
}
