import { ABSENT, items, type RawPath } from "./output.ts";

/** What a path was in the commit and is in the working tree: mode and object, "absent", or still to be looked at. */
export interface Dirty {
  readonly head: string;
  readonly work: string | null;
}

export interface Status {
  /** The commit that is checked out; null where there is none. */
  readonly head: string | null;
  /** What differs from it, and files that git does not follow. */
  readonly dirty: ReadonlyMap<RawPath, Dirty>;
}

export const NOTHING = "absent";

export function tokenOf(mode: string, object: string): string {
  return mode === ABSENT ? NOTHING : `${mode}:${object}`;
}

const HEAD_LINE = "# branch.oid ";

/** Reads `git status --porcelain=v2 --branch -z --no-renames`. */
export function readStatus(output: string): Status {
  const dirty = new Map<RawPath, Dirty>();
  let head: string | null = null;
  for (const entry of items(output)) {
    if (entry.startsWith(HEAD_LINE)) head = headIn(entry.slice(HEAD_LINE.length));
    const found = entryOf(entry);
    if (found === null) continue;
    const before = dirty.get(found.path);
    // A file that the index has lost and that still stands comes twice.
    dirty.set(found.path, before === undefined ? found : { head: before.head, work: found.work });
  }
  return { head, dirty };
}

function headIn(text: string): string | null {
  return text === "(initial)" ? null : text;
}

interface Entry extends Dirty {
  readonly path: RawPath;
}

function entryOf(entry: string): Entry | null {
  switch (entry.charAt(0)) {
    case "1":
      return changedEntry(entry);
    case "u":
      return unmergedEntry(entry);
    case "?":
      return { path: entry.slice(2), head: NOTHING, work: null };
    default:
      return null;
  }
}

function changedEntry(entry: string): Entry {
  const [[, state = "", , modeHead = "", modeIndex = "", mode = "", head = "", index = ""], path] = split(
    entry,
    8,
  );
  // What is as it was staged need not be read.
  const work = state.endsWith(".") ? tokenOf(modeIndex, index) : unread(mode);
  return { path, head: tokenOf(modeHead, head), work };
}

function unmergedEntry(entry: string): Entry {
  const [[, , , , modeOurs = "", , mode = "", , ours = ""], path] = split(entry, 10);
  return { path, head: tokenOf(modeOurs, ours), work: unread(mode) };
}

function unread(mode: string): string | null {
  return mode === ABSENT ? NOTHING : null;
}

/** So many fields, and the path, which may have blanks. */
function split(entry: string, count: number): readonly [readonly string[], RawPath] {
  const parts = entry.split(" ");
  return [parts.slice(0, count), parts.slice(count).join(" ")];
}
