import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findExecutable } from "./executable.ts";
import { ALWAYS, asVariables, LIST_SETTINGS, overridesFor, repositoryNames } from "./git/overrides.ts";

const run = promisify(execFile);

type Environment = Readonly<Record<string, string>>;

const LIMIT_MS = 5_000;

/**
 * Variables that keep git from starting what a repository's own configuration names (monitors, filters, drivers, hooks)
 * and from refreshing its index. For `baton review`, and for agents: Claude Code 2.1.330 lets `git status`, `diff`, `log`
 * through as commands that only read.
 * The user's own configuration (`~/.gitconfig`) stays in force.
 */
export async function gitThatOnlyLooks(env: Environment, cwd: string): Promise<Record<string, string>> {
  const overrides = [...ALWAYS, ...overridesFor(await repositorySettings(env, cwd))];
  return { ...asVariables(overrides), GIT_OPTIONAL_LOCKS: "0" };
}

async function repositorySettings(env: Environment, cwd: string): Promise<readonly string[]> {
  const git = await findExecutable("git", env);
  if (git === null) return [];
  const listed = await run(git, LIST_SETTINGS, { cwd, env: { ...env }, timeout: LIMIT_MS }).catch(() => null);
  return repositoryNames(listed?.stdout ?? "");
}
