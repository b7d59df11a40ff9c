import type { Environment } from "../agents/driver.ts";
import type { NativeFile, NativeReader } from "../agents/transcripts/native.ts";
import { isListed } from "../agents/transcripts/sketch.ts";

/** Which conversation is meant: one by the agent's own id, or the newest in a directory. */
export type Wanted =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "latest"; readonly cwd: string };

/** How many files are looked into for the newest conversation of a directory; older ones have to be named. */
const MOST_LOOKED_AT = 400;

/** The file of a conversation that an agent has on disk; null when there is none. Nothing is written. */
export async function findSource(
  reader: NativeReader,
  env: Environment,
  wanted: Wanted,
): Promise<NativeFile | null> {
  const { files } = await reader.find(env);
  const newestFirst = files.toSorted((one, other) => other.mtime_ms - one.mtime_ms);
  return wanted.kind === "id"
    ? byId(reader, newestFirst, wanted.id)
    : newestIn(reader, newestFirst, wanted.cwd);
}

async function byId(
  reader: NativeReader,
  files: readonly NativeFile[],
  id: string,
): Promise<NativeFile | null> {
  const named = files.find(({ native_id }) => native_id !== null && native_id === id.toLowerCase());
  if (named !== undefined) return named;
  // Where the name of a file has only the beginning of the id, the file itself says the rest.
  const begins = id.replaceAll(/[^\w-]/g, "_").slice(0, 8);
  for (const file of files.filter((one) => one.native_id === null && one.file.includes(begins))) {
    const sketch = await reader.sketch(file, null).catch(() => null);
    if (sketch?.id === id && sketch.turns > 0) return file;
  }
  return null;
}

async function newestIn(
  reader: NativeReader,
  files: readonly NativeFile[],
  cwd: string,
): Promise<NativeFile | null> {
  const possible = files.filter((file) => file.cwd === null || file.cwd === cwd).slice(0, MOST_LOOKED_AT);
  for (const file of possible) {
    const sketch = await reader.sketch(file, null).catch(() => null);
    if (sketch !== null && isListed(file, sketch) && (sketch.cwd ?? file.cwd) === cwd) return file;
  }
  return null;
}
