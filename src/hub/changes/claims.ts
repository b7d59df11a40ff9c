import { lstat } from "node:fs/promises";
import path from "node:path";
import type { FileChange } from "../../contracts/task.ts";
import { isWithin } from "../../core/approval-rules.ts";
import { items, listOf, shownPath, type RawPath } from "../../core/git/output.ts";
import type { Git } from "../../process/git/git.ts";
import { scopeOf } from "../scope.ts";

/** A path as the contract has it: relative to the task's directory, or absolute outside of it. */
export function shownFrom(cwd: string, absolute: string): string {
  return isWithin(absolute, cwd) ? path.relative(cwd, absolute) : absolute;
}

/** What git has found, in the words of the contract. */
export function foundFrom(
  cwd: string,
  top: string,
  found: ReadonlyMap<RawPath, FileChange["kind"]>,
): readonly FileChange[] {
  return [...found].map(([raw, kind]) => ({ path: shownFrom(cwd, path.join(top, shownPath(raw))), kind }));
}

/** Those of the agent's own words that the files do not contradict: what was added or changed is there, else it is not. */
export async function possible(cwd: string, claims: readonly FileChange[]): Promise<readonly FileChange[]> {
  const there = await Promise.all(
    claims.map(async (claim) => (await lstat(path.resolve(cwd, claim.path)).catch(() => null)) !== null),
  );
  return claims
    .filter(({ kind }, at) => there[at] === (kind !== "delete"))
    .map((claim) => ({ ...claim, path: shownFrom(cwd, path.resolve(cwd, claim.path)) }));
}

/** Those that git has no word on: outside of its working tree, in a repository within it, or ignored. */
export async function beyondGit(
  git: Git,
  cwd: string,
  claims: readonly FileChange[],
): Promise<readonly FileChange[]> {
  const places = claims.map((claim) => path.resolve(cwd, claim.path));
  const scopes = await Promise.all(places.map(async (place) => scopeOf(path.dirname(place))));
  const relative = places.map((place) =>
    Buffer.from(path.relative(git.cwd, place), "utf8").toString("latin1"),
  );
  const inside = relative.filter((_, at) => scopes[at] === git.cwd);
  const ignored = new Set(inside.length === 0 ? [] : await ignoredOf(git, inside));
  return claims.filter((_, at) => scopes[at] !== git.cwd || ignored.has(relative[at] ?? ""));
}

async function ignoredOf(git: Git, paths: readonly RawPath[]): Promise<readonly RawPath[]> {
  // It ends with 1 where none is, and refuses to take paths as they are written (git 2.39).
  const variables = { GIT_LITERAL_PATHSPECS: "0" };
  const { stdout } = await git.attempt(["check-ignore", "-z", "--stdin"], {
    input: listOf(paths),
    variables,
  });
  return items(stdout);
}
