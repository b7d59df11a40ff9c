import type { FileChange } from "../../contracts/task.ts";

/** A path as git writes it with `-z`, byte for byte (latin1) and relative to the top of the working tree. */
export type RawPath = string;

/** The path as a person reads it. */
export function shownPath(raw: RawPath): string {
  return Buffer.from(raw, "latin1").toString("utf8");
}

/** The items of a list that ends each with NUL. */
export function items(listed: string): readonly string[] {
  return listed.split("\0").slice(0, -1);
}

/** A list as git reads it with `-z`. */
export function listOf(paths: readonly RawPath[]): string {
  return paths.map((path) => `${path}\0`).join("");
}

/** The parts of a raw diff line: what a path was and what it is, as mode and object; mode "000000" for nothing. */
export interface RawChange {
  readonly path: RawPath;
  readonly before: { readonly mode: string; readonly object: string };
  readonly after: { readonly mode: string; readonly object: string };
}

/** Reads `git diff-tree -r -z --no-renames --raw`. */
export function rawChanges(listed: string): readonly RawChange[] {
  const fields = items(listed);
  return fields.flatMap((field, index) => {
    const [modeBefore, mode, objectBefore, object] = field.startsWith(":") ? field.slice(1).split(" ") : [];
    const path = fields[index + 1];
    // A name may begin with a colon too: every second field is one.
    if (index % 2 === 1 || path === undefined || modeBefore === undefined || mode === undefined) return [];
    const before = { mode: modeBefore, object: objectBefore ?? "" };
    return [{ path, before, after: { mode, object: object ?? "" } }];
  });
}

export const ABSENT = "000000";

/** The change in the words of the contract. */
export function changeOf({ path, before, after }: RawChange): FileChange {
  const shown = shownPath(path);
  if (before.mode === ABSENT) return { path: shown, kind: "add" };
  return { path: shown, kind: after.mode === ABSENT ? "delete" : "update" };
}

/** One file that a merge could not decide about, and why, in git's words. */
export interface Conflict {
  readonly path: RawPath;
  readonly reason: string;
}

/** What a three-way merge came to. */
export interface Merged {
  readonly tree: string;
  readonly conflicts: readonly Conflict[];
}

/** Reads `git merge-tree --write-tree -z --name-only --messages` (2.38 and later). */
export function mergeResult(output: string): Merged {
  const [tree = "", ...rest] = items(output);
  const end = rest.indexOf("");
  const files = end === -1 ? rest : rest.slice(0, end);
  const reasons = reasonsIn(end === -1 ? [] : rest.slice(end + 1));
  const paths = [...new Set([...files, ...reasons.keys()])];
  return { tree, conflicts: paths.map((path) => ({ path, reason: reasons.get(path) ?? "contents" })) };
}

/** Each message: how many paths, the paths, a short type, the message. */
function reasonsIn(fields: readonly string[]): ReadonlyMap<RawPath, string> {
  const reasons = new Map<RawPath, string>();
  let at = 0;
  while (at < fields.length) {
    const count = Number(fields[at]);
    if (!Number.isInteger(count)) break;
    const paths = fields.slice(at + 1, at + 1 + count);
    const reason = /^CONFLICT \((.*)\)$/.exec(fields[at + 1 + count] ?? "")?.[1];
    const [first] = paths;
    if (reason !== undefined && first !== undefined && !reasons.has(first)) reasons.set(first, reason);
    at += count + 3;
  }
  return reasons;
}
