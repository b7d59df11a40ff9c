import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../contracts/error.ts";

/** The directory without links, as the agents see it.
 * @throws BatonError `invalid_argument` when it is not there or not a directory. */
export async function realDirectory(directory: string): Promise<string> {
  const real = await realpath(directory).catch(() => null);
  const found = real === null ? null : await stat(real).catch(() => null);
  if (real !== null && found?.isDirectory() === true) return real;
  throw new BatonError("invalid_argument", `${directory} is not a directory`, {
    hint: "Give an existing directory as cwd.",
  });
}

/** The repository that a directory belongs to (the nearest parent with `.git`), else the directory itself. */
export async function scopeOf(directory: string): Promise<string> {
  for (let at = directory; ; at = path.dirname(at)) {
    // In a worktree or a submodule `.git` is a file.
    if (await exists(path.join(at, ".git"))) return at;
    if (path.dirname(at) === at) return directory;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
