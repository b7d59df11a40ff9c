import { access } from "node:fs/promises";
import path from "node:path";

/** Files in which a repository tells agents how to work in it, as opencode 1.18.33 looks for them: the first name that is there. */
const NAMES: readonly string[] = ["AGENTS.md", "CLAUDE.md", "CONTEXT.md"];

/** The instructions of a repository for a directory in it, the nearest first; only its own where it is no repository. */
export async function instructionsAbove(cwd: string): Promise<readonly string[]> {
  const folders = await foldersUpToRoot(cwd);
  for (const name of NAMES) {
    const files = folders.map((folder) => path.join(folder, name));
    const isThere = await Promise.all(files.map(exists));
    const found = files.filter((_, index) => isThere[index]);
    if (found.length > 0) return found;
  }
  return [];
}

async function foldersUpToRoot(cwd: string): Promise<readonly string[]> {
  const folders = [cwd];
  for (let folder = cwd; !(await exists(path.join(folder, ".git"))); folder = path.dirname(folder)) {
    const parent = path.dirname(folder);
    if (parent === folder) return [cwd];
    folders.push(parent);
  }
  return folders;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
