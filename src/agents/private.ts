import { readdir, realpath } from "node:fs/promises";
import path from "node:path";

/**
 * What has to be hidden so that nothing of these folders can be read: only what exists and lies behind no link, since
 * the sandbox of Codex 0.169.0 does not start otherwise. Of a folder that the place itself lies in, everything but the
 * way there.
 */
export async function hiddenPaths(folders: readonly string[], place: string): Promise<readonly string[]> {
  const own = await realpath(place).catch(() => place);
  const hidden = folders.map(async (folder) => {
    const real = await realpath(folder).catch(() => null);
    return real === null ? [] : hiddenIn(real, own);
  });
  return [...new Set((await Promise.all(hidden)).flat())];
}

async function hiddenIn(folder: string, place: string): Promise<readonly string[]> {
  if (folder === place) return [];
  if (!place.startsWith(folder + path.sep)) return [folder];
  const names = await readdir(folder).catch(() => []);
  const below = names.map((name) => hiddenPaths([path.join(folder, name)], place));
  return (await Promise.all(below)).flat();
}
