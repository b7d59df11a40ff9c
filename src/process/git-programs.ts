import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { promisify } from "node:util";
import { findExecutable } from "./executable.ts";

const run = promisify(execFile);

type Environment = Readonly<Record<string, string>>;

const LIMIT_MS = 5_000;

/** Switched off in every child: git starts these while it only looks (2.43.0). */
const ALWAYS: readonly Override[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", devNull],
  // A folder with the looks of a bare repository, which a repository can hold, brings its own configuration.
  ["safe.bareRepository", "explicit"],
];

/** Settings with a name of their own that make git start a program while it looks, and the value that starts none. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/^diff\..+\.textconv$/, "cat"],
  [/^filter\..+\.(clean|smudge|process)$/, ""],
  [/^filter\..+\.required$/, "false"],
  // An empty command starts nothing: such a `git diff` fails, `git diff --stat` and `--no-ext-diff` work.
  [/^diff\..+\.command$/, ""],
  [/^diff\.external$/, ""],
  [/^log\.showsignature$/, "false"],
];

type Override = readonly [name: string, value: string];

/**
 * Variables that keep git from starting what a repository's own configuration names (monitors, filters, drivers, hooks)
 * and from refreshing its index. For `baton review`, and for agents: Claude Code 2.1.330 lets `git status`, `diff`, `log`
 * through as commands that only read.
 * The user's own configuration (`~/.gitconfig`) stays in force.
 */
export async function gitThatOnlyLooks(env: Environment, cwd: string): Promise<Record<string, string>> {
  const overrides = [...ALWAYS, ...overridesFor(await repositorySettings(env, cwd))];
  const pairs = overrides.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...Object.fromEntries(pairs),
    GIT_CONFIG_COUNT: String(overrides.length),
    GIT_OPTIONAL_LOCKS: "0",
  };
}

/** The overrides that these settings of a repository call for. */
export function overridesFor(names: readonly string[]): readonly Override[] {
  return names.flatMap((name) => {
    const known = NAMED.find(([pattern]) => pattern.test(name));
    return known === undefined ? [] : [[name, known[1]] as const];
  });
}

async function repositorySettings(env: Environment, cwd: string): Promise<readonly string[]> {
  const git = await findExecutable("git", env);
  if (git === null) return [];
  const args = ["config", "--list", "--includes", "--show-scope", "--name-only", "-z"];
  const listed = await run(git, args, { cwd, env: { ...env }, timeout: LIMIT_MS }).catch(() => null);
  const fields = (listed?.stdout ?? "").split("\0");
  return fields.filter((_, index) => /^(local|worktree)$/.test(fields[index - 1] ?? ""));
}
