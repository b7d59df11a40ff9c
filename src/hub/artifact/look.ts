import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { BatonError } from "../../contracts/error.ts";
import type { Found } from "../../core/artifact/judge.ts";
import { placeIn } from "../../handoff/artifact/place.ts";
import { readAttached } from "../attached-file.ts";

/**
 * What lies at the place of a task's artifact: only a regular file in the task's directory, under this name alone, is one.
 * @param cwd the directory, without links
 */
export async function lookAt(cwd: string, file: string): Promise<Found> {
  try {
    const { absolute } = await placeIn(cwd, file);
    const stats = await lstat(absolute);
    if (stats.isSymbolicLink()) return { kind: "unfit", why: "is a link" };
    // A file of somebody else's could be given a second name here.
    if (stats.isFile() && stats.nlink > 1) return { kind: "unfit", why: "is a hard link to another file" };
    const { content } = await readAttached(absolute, async (real) => {
      if (real !== absolute) throw new BatonError("cwd_denied", `${file} has become a link`);
    });
    return { kind: "file", sha256: createHash("sha256").update(content).digest("hex"), content };
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return { kind: "absent" };
    }
    return {
      kind: "unfit",
      why: `cannot be taken: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
