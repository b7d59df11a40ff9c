import { devNull } from "node:os";

type Override = readonly [name: string, value: string];

/** Switched off wherever git runs for Baton or below a task: git starts these while it only looks (2.43.0). */
export const ALWAYS: readonly Override[] = [
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
  // A word of the shell itself: it says that the file conflicts. An empty one would say that it does not.
  [/^merge\..+\.driver$/, "exit 1"],
];

/** The overrides that these settings of a repository call for. */
export function overridesFor(names: readonly string[]): readonly Override[] {
  return names.flatMap((name) => {
    const known = NAMED.find(([pattern]) => pattern.test(name));
    return known === undefined ? [] : [[name, known[1]] as const];
  });
}

/** Settings as variables of git's environment, which stand above every file. */
export function asVariables(overrides: readonly Override[]): Record<string, string> {
  const pairs = overrides.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(overrides.length) };
}

/** The names that the repository's own configuration sets, out of `git config --list --show-scope --name-only -z`. */
export function repositoryNames(listed: string): readonly string[] {
  const fields = listed.split("\0");
  return fields.filter((_, index) => /^(local|worktree)$/.test(fields[index - 1] ?? ""));
}

/** Lists the names of all settings, each after where it comes from. */
export const LIST_SETTINGS = ["config", "--list", "--includes", "--show-scope", "--name-only", "-z"] as const;
