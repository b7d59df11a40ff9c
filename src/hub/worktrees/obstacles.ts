import { lstat, readdir } from "node:fs/promises";
import { ABSENT, type RawChange, type RawPath } from "../../core/git/output.ts";
import { placeOf } from "./tree.ts";

/** What stands at a path of a working tree, seen without following links. */
export type Found =
  | { readonly kind: "nothing" | "file" | "folder" }
  /** Something that is no folder stands where one of the folders on the way would be. */
  | { readonly kind: "blocked"; readonly by: RawPath };

export async function foundAt(top: string, file: RawPath): Promise<Found> {
  const names = file.split("/");
  for (const [at] of names.entries()) {
    const part = names.slice(0, at + 1).join("/");
    const found = await lstat(placeOf(top, part)).catch(() => null);
    if (found === null) return { kind: "nothing" };
    if (at === names.length - 1) return { kind: found.isDirectory() ? "folder" : "file" };
    if (!found.isDirectory()) return { kind: "blocked", by: part };
  }
  return { kind: "nothing" };
}

/**
 * What stands where these changes put something new, and is none of what they take away: files that nobody follows,
 * the ignored among them, which git itself would overwrite.
 */
export async function obstaclesTo(top: string, changes: readonly RawChange[]): Promise<readonly RawPath[]> {
  const gone = new Set(changes.filter(({ after }) => after.mode === ABSENT).map(({ path }) => path));
  const added = changes.filter(({ before }) => before.mode === ABSENT).map(({ path }) => path);
  const obstacles = await Promise.all(
    added.map(async (file): Promise<readonly RawPath[]> => {
      const found = await foundAt(top, file);
      if (found.kind === "nothing") return [];
      if (found.kind === "blocked") return gone.has(found.by) ? [] : [found.by];
      const standing = found.kind === "file" ? [file] : await filesIn(top, file);
      return standing.filter((one) => !gone.has(one));
    }),
  );
  return [...new Set(obstacles.flat())];
}

async function filesIn(top: string, folder: RawPath): Promise<readonly RawPath[]> {
  const entries = await readdir(placeOf(top, folder), { withFileTypes: true, encoding: "buffer" });
  const below = entries.map(async (entry) => {
    const file = `${folder}/${entry.name.toString("latin1")}`;
    return entry.isDirectory() ? filesIn(top, file) : [file];
  });
  return (await Promise.all(below)).flat();
}
