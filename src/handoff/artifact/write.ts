import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { placeIn, type Place } from "./place.ts";

/** The folder in a directory for what agents hand to each other; git does not see it. */
export const OWN_FOLDER = ".baton";

/**
 * Writes a new file into a directory, whole or not at all, and with the folders above it. One that is there already with
 * the same text stays; in `.baton` the folder is hidden from git.
 * @param cwd the directory, without links
 * @throws BatonError `conflict` where something else lies there, or it cannot be written; `cwd_denied` where a link leads out
 */
export async function writeNew(cwd: string, file: string, text: string): Promise<Place> {
  const place = await placeIn(cwd, file);
  try {
    await makeFolder(cwd, path.dirname(place.relative));
    await publish(place.absolute, text);
  } catch (error) {
    if (await holds(place.absolute, text)) return place;
    const why = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new BatonError(
      "conflict",
      why ? `${place.relative} is there already` : `${place.relative} cannot be written: ${String(error)}`,
      { hint: "Move it away, or have it written to another place.", cause: error },
    );
  }
  return place;
}

/**
 * Makes a folder in a directory, with those above it.
 * @throws BatonError `cwd_denied` where a link leads out
 */
export async function makeFolder(cwd: string, folder: string): Promise<void> {
  // Where a file in it would lie, so that the directory itself is a folder too.
  const { absolute, relative } = await placeIn(cwd, path.join(folder, "file"));
  await mkdir(path.dirname(absolute), { recursive: true });
  if (relative.split(path.sep)[0] === OWN_FOLDER) await hideFromGit(cwd);
}

/** Nobody sees half of it, and nothing that lies there is replaced. */
async function publish(place: string, text: string): Promise<void> {
  const draft = path.join(path.dirname(place), `.${path.basename(place)}.${randomBytes(6).toString("hex")}`);
  await writeFile(draft, text, { flag: "wx" });
  try {
    await link(draft, place).catch(async (error: NodeJS.ErrnoException) => {
      // Some file systems have no hard links.
      if (error.code === "EEXIST" || (await stat(place).catch(() => null)) !== null) throw error;
      await rename(draft, place);
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function hideFromGit(cwd: string): Promise<void> {
  const ignore = await placeIn(cwd, path.join(OWN_FOLDER, ".gitignore"));
  await writeFile(ignore.absolute, "*\n", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function holds(place: string, text: string): Promise<boolean> {
  return (await readFile(place, "utf8").catch(() => null)) === text;
}
