import { CommanderError } from "commander";
import { BatonError, errorOf, EXIT_CODE_BY_ERROR } from "../contracts/error.ts";
import { EXIT } from "./exit.ts";
import { noteError, printJson } from "./output.ts";
import { createProgram } from "./program.ts";

const program = createProgram({
  asClient: async (work) => {
    const { shellContext } = await import("./context.ts");
    const context = shellContext();
    try {
      process.exitCode = await work(context);
    } finally {
      context.client.close();
    }
  },
  alone: async (work) => {
    process.exitCode = await work();
  },
});

// A reader that has seen enough (`| head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

try {
  overrideExit(program);
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Bad arguments have the exit code of the contract, in every command. */
function overrideExit(command: typeof program): void {
  command.exitOverride();
  for (const sub of command.commands) overrideExit(sub);
}

function explain(error: unknown): number {
  // Commander has already said what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const stored = errorOf(error, "agent_error");
  if (process.argv.includes("--json")) printJson({ error: stored });
  else noteError(stored);
  if (!(error instanceof BatonError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT_CODE_BY_ERROR[stored.code];
}
