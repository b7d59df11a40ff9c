import { CommanderError, type Command } from "commander";
import { EXIT } from "./exit.ts";
import { explain } from "./explain.ts";
import { createProgram } from "./program.ts";
import type { Performers } from "./register/performers.ts";

/** Runs the command that the arguments name, and sets the exit code. */
export async function runCommandLine(): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    throw error;
  });
  const program = createProgram({ asClient, alone });
  try {
    overrideExit(program);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOfFailure(error);
  }
}

const asClient: Performers["asClient"] = async (work) => {
  const { shellContext } = await import("./context.ts");
  const context = shellContext();
  try {
    process.exitCode = await work(context);
  } finally {
    context.client.close();
  }
};

const alone: Performers["alone"] = async (work) => {
  process.exitCode = await work();
};

/** Bad arguments have the exit code of the contract, in every command. */
function overrideExit(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) overrideExit(sub);
}

function exitCodeOfFailure(error: unknown): number {
  // Commander has already said what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return explain(error);
}
