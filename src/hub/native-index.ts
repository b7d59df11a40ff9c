import type { Environment } from "../agents/driver.ts";
import {
  sketchSchema,
  type NativeFile,
  type NativeReader,
  type Sketch,
} from "../agents/transcripts/native.ts";
import { isListed, sessionOf } from "../agents/transcripts/sketch.ts";
import type { IndexedFile, SeenBefore } from "../store/native.ts";
import type { Store } from "../store/store.ts";

/** How many files are written down at a time: what was read so far is kept when a hub ends, and nobody waits long. */
const BATCH = 100;

/** Files that are read at once: enough to wait for no disk, few enough for each to hold a long line in memory. */
const AT_ONCE = 4;

/** What the agents have on disk, as an environment's agents would find it. */
export interface NativeIndex {
  readonly agents: readonly string[];
  /**
   * Brings the index up to date: reads what is new or has changed, and from where it was read to if it has grown. One
   * look after the other, so that nothing is read twice.
   * @returns the folders that were looked through, and the agent's own ids of what a process has open now
   */
  look(agent: string, env: Environment): Promise<Looked>;
}

export interface Looked {
  readonly roots: readonly string[];
  readonly open: readonly string[];
}

export function createNativeIndex(store: Store, readers: ReadonlyMap<string, NativeReader>): NativeIndex {
  const latest = new Map<string, Promise<unknown>>();
  return {
    agents: [...readers.keys()],
    async look(agent, env) {
      const reader = readers.get(agent);
      if (reader === undefined) return { roots: [], open: [] };
      const before = latest.get(agent) ?? Promise.resolve();
      const refreshed = before.then(async () => refresh(store, reader, env));
      latest.set(
        agent,
        refreshed.catch(() => undefined),
      );
      const [roots, open] = await Promise.all([refreshed, reader.live(env)]);
      return { roots, open: [...open] };
    },
  };
}

async function refresh(store: Store, reader: NativeReader, env: Environment): Promise<readonly string[]> {
  const { files, roots } = await reader.find(env);
  const known = new Map(store.native.seen(reader.agent, roots).map((seen) => [seen.file, seen]));
  const found = new Set(files.map(({ file }) => file));
  const gone = [...known.keys()].filter((file) => !found.has(file));
  if (gone.length > 0) store.native.remove(gone);
  const changed = files.filter((file) => isChanged(file, known.get(file.file)));
  for (let at = 0; at < changed.length; at += BATCH) {
    const batch = changed.slice(at, at + BATCH);
    const indexed: IndexedFile[] = [];
    for (let from = 0; from < batch.length; from += AT_ONCE) {
      const some = batch.slice(from, from + AT_ONCE);
      const read = some.map((file) => indexedFile(reader, file, sketchBefore(store, file, known)));
      indexed.push(...(await Promise.all(read)));
    }
    store.transaction(() => indexed.forEach((one) => store.native.put(one)));
  }
  return roots;
}

function isChanged(file: NativeFile, known: SeenBefore | undefined): boolean {
  return (
    known === undefined ||
    file.bytes !== known.bytes ||
    file.mtime_ms !== known.mtime_ms ||
    file.title !== known.named ||
    file.cwd !== known.placed
  );
}

/** What was read before, unless the file cannot be the same any more. */
function sketchBefore(store: Store, file: NativeFile, known: ReadonlyMap<string, SeenBefore>): Sketch | null {
  const seen = known.get(file.file);
  if (seen === undefined || file.bytes < seen.bytes) return null;
  const sketch = sketchSchema.safeParse(store.native.sketch(file.file)).data ?? null;
  return sketch !== null && sketch.read <= file.bytes ? sketch : null;
}

/** A file that cannot be read is written down too, so that it is not tried again until it changes. */
async function indexedFile(
  reader: NativeReader,
  file: NativeFile,
  before: Sketch | null,
): Promise<IndexedFile> {
  const sketch = await reader.sketch(file, before).catch(() => null);
  const session = sketch !== null && isListed(file, sketch) ? sessionOf(file, sketch) : null;
  const { agent, root, bytes, mtime_ms, title, cwd } = file;
  const words = [session?.native_id, session?.title, session?.cwd, session?.branch, sketch?.words];
  return {
    file: file.file,
    agent,
    root,
    bytes,
    mtime_ms,
    named: title,
    placed: cwd,
    session,
    sketch,
    text: words.filter((word) => typeof word === "string").join("\n"),
  };
}
