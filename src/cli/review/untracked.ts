import { constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import path from "node:path";
import type { ChangedFile } from "./changes.ts";

/** As many bytes as git looks at to tell a text from other data (2.43.0). */
const LOOKED_AT = 8_000;

/** What a file that git does not have yet would add, as a patch; of a file with more than `limit` bytes only its size. */
export async function untrackedFile(top: string, name: string, limit: number): Promise<ChangedFile> {
  return {
    name,
    patch: `diff --git a/${name} b/${name}\nnot added to git yet\n${await contentOf(path.join(top, name), limit)}\n`,
  };
}

async function contentOf(file: string, limit: number): Promise<string> {
  try {
    const found = await lstat(file);
    // Where a link leads is no part of the change.
    if (found.isSymbolicLink()) return `A link to ${await readlink(file)}`;
    if (!found.isFile()) return "Neither a file nor a link";
    const bytes = await beginningOf(file, limit + 1);
    if (bytes.subarray(0, LOOKED_AT).includes(0)) return "A binary file";
    if (bytes.length > limit) return `Left out: the file has ${found.size} bytes`;
    return added(bytes.toString("utf8"));
  } catch (error) {
    return `Cannot be read: ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`;
  }
}

async function beginningOf(file: string, length: number): Promise<Buffer> {
  // Whatever has come into its place since it was looked at: no link is followed, and nothing is waited for.
  const handle = await open(
    file,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function added(text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  return [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join("\n");
}
