import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gitThatOnlyLooks } from "../../process/git-programs.ts";
import { BASE_VARIABLES, pickEnvironment } from "../../process/environment.ts";
import { findExecutable } from "../../process/executable.ts";

const run = promisify(execFile);
const LIMIT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks git something; what it wrote (UTF-8), or null where it failed, took too long or said too much. */
export type AskGit = (args: readonly string[]) => Promise<string | null>;

/**
 * Git as a program in a directory, with the base of the caller's environment. It starts nothing that the repository's
 * own configuration names, and refreshes no index. Null where there is no git.
 */
export async function gitThatLooksIn(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AskGit | null> {
  const base = pickEnvironment(env, BASE_VARIABLES);
  const program = await findExecutable("git", base);
  if (program === null) return null;
  const guarded = { ...base, ...(await gitThatOnlyLooks(base, cwd)), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  return async (args) => {
    const options = { cwd, env: guarded, timeout: LIMIT_MS, maxBuffer: MAX_BYTES, windowsHide: true };
    return run(program, ["--literal-pathspecs", ...args], options).then(
      ({ stdout }) => stdout,
      () => null,
    );
  };
}
