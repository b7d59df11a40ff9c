import { readdir } from "node:fs/promises";
import path from "node:path";

/**
 * Whether command rules (`*.rules`) can apply to a directory: beside one of the configurations that Codex reads,
 * or in a `.codex` folder of the directory or one above it, trusted or not.
 */
export async function hasCommandRules(configFolders: readonly string[], cwd: string): Promise<boolean> {
  const folders = new Set([...configFolders, ...ancestors(cwd).map((folder) => path.join(folder, ".codex"))]);
  const found = await Promise.all([...folders].map((folder) => hasRules(path.join(folder, "rules"))));
  return found.includes(true);
}

async function hasRules(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.endsWith(".rules"));
}

function ancestors(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
