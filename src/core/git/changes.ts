import type { FileChange } from "../../contracts/task.ts";
import { type RawChange, type RawPath } from "./output.ts";
import { NOTHING, tokenOf } from "./status.ts";

/** A working tree at one time; what is not among `dirty` is as in the commit. */
export interface Snapshot {
  readonly head: string | null;
  readonly dirty: ReadonlyMap<RawPath, { readonly head: string; readonly work: string }>;
}

/**
 * What has become of a working tree between two looks, by git's paths.
 * @param committed how the two commits differ; none where they are one.
 */
export function changesOf(
  before: Snapshot,
  after: Snapshot,
  committed: readonly RawChange[],
): ReadonlyMap<RawPath, FileChange["kind"]> {
  const moved = new Map(committed.map((change) => [change.path, change]));
  const paths = new Set([...before.dirty.keys(), ...after.dirty.keys(), ...moved.keys()]);
  const changes = new Map<RawPath, FileChange["kind"]>();
  for (const path of [...paths].toSorted()) {
    const [was, is, change] = [before.dirty.get(path), after.dirty.get(path), moved.get(path)];
    // Where nothing is told of one side's commit, it is the same as the other's.
    const then = was?.work ?? committedAs(change?.before, is);
    const now = is?.work ?? committedAs(change?.after, was);
    if (then !== now) changes.set(path, kindOf(then, now));
  }
  return changes;
}

function committedAs(
  told: RawChange["before"] | undefined,
  other: { readonly head: string } | undefined,
): string {
  return told === undefined ? (other?.head ?? NOTHING) : tokenOf(told.mode, told.object);
}

function kindOf(then: string, now: string): FileChange["kind"] {
  if (then === NOTHING) return "add";
  return now === NOTHING ? "delete" : "update";
}
