import { realpath } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { isWithin } from "../../core/approval-rules.ts";

/** Where a file of a task lies or is to lie. */
export interface Place {
  /** Absolute; no folder above it is a link. What lies there may itself be one. */
  readonly absolute: string;
  /** As it was asked for, from the task's directory on. */
  readonly relative: string;
}

/**
 * The place of a file in a task's directory, whatever links lead there.
 * @param cwd the directory, which need not be there yet
 * @throws BatonError `cwd_denied` where it would lie outside, `invalid_argument` where it names the directory itself
 */
export async function placeIn(cwd: string, file: string): Promise<Place> {
  const asked = path.resolve(cwd, file);
  if (asked === cwd || /[\\/]$/.test(file)) {
    throw new BatonError("invalid_argument", `${JSON.stringify(file)} names a directory and no file`);
  }
  const folder = await realFolder(path.dirname(asked));
  const absolute = path.join(folder, path.basename(asked));
  if (!isWithin(asked, cwd) || !isWithin(absolute, await realFolder(cwd))) {
    throw new BatonError("cwd_denied", `${JSON.stringify(file)} is outside ${cwd}, where the task works`, {
      hint: "Name a file in the directory of the task.",
    });
  }
  return { absolute, relative: path.relative(cwd, asked) };
}

/** The folder without links, as far as it is there already. */
async function realFolder(folder: string): Promise<string> {
  const real = await realpath(folder).catch(() => null);
  const above = path.dirname(folder);
  if (real !== null || above === folder) return real ?? folder;
  return path.join(await realFolder(above), path.basename(folder));
}
