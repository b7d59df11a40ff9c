import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Environment } from "../../driver.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { regularFiles, type SeenFile } from "../../transcripts/walk.ts";
import { codexHomeOf } from "../environment.ts";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** A thread that was reverted goes on in a further file, with an id of its own behind the thread's. */
const ROLLOUT = new RegExp(`^rollout-[0-9T-]+?-(${ID})(?:_(${ID}))?\\.jsonl(\\.zst)?$`, "i");

/** `sessions/YYYY/MM/DD`; archived ones lie in one folder. */
const DEPTH = 3;

/** One file of a thread. `revision` orders the files of one thread: the latest is the one that goes on. */
export interface Rollout extends SeenFile {
  readonly thread: string;
  readonly revision: string;
}

/** Every rollout of a Codex home, the archived ones too. */
export async function rolloutsIn(home: string): Promise<readonly Rollout[]> {
  const accepts = (name: string) => ROLLOUT.test(name);
  const folders = ["sessions", "archived_sessions"].map((name) => path.join(home, name));
  const found = await Promise.all(folders.map((folder) => regularFiles(folder, { depth: DEPTH, accepts })));
  return found.flat().flatMap((file) => {
    const [, thread, revision = ""] = ROLLOUT.exec(path.basename(file.file)) ?? [];
    return thread === undefined ? [] : [{ ...file, thread: thread.toLowerCase(), revision }];
  });
}

export async function findConversations(env: Environment) {
  const root = codexHomeOf(env);
  const [rollouts, names] = await Promise.all([rolloutsIn(root), namesIn(root)]);
  const latest = new Map<string, Rollout>();
  for (const rollout of rollouts) {
    const known = latest.get(rollout.thread);
    // Ids are in the order of their making (UUID version 7).
    if (known === undefined || known.revision < rollout.revision) latest.set(rollout.thread, rollout);
  }
  const files = [...latest.values()].map(({ file, bytes, mtime_ms, thread }): NativeFile => ({
    file,
    bytes,
    mtime_ms,
    agent: "codex",
    native_id: thread,
    root,
    cwd: null,
    title: names.get(thread) ?? null,
  }));
  return { files, roots: [root] };
}

const namedSchema = z.looseObject({ id: z.string(), thread_name: z.string() });
const LONGEST_INDEX = 32 * 1024 * 1024;

/** The names that a person has given, in `session_index.jsonl`: the last one of a thread holds. */
async function namesIn(home: string): Promise<ReadonlyMap<string, string>> {
  const [index] = await regularFiles(home, { depth: 0, accepts: (name) => name === "session_index.jsonl" });
  if (index === undefined || index.bytes > LONGEST_INDEX) return new Map();
  const text = await readFile(index.file, "utf8").catch(() => "");
  return new Map(
    text.split("\n").flatMap((line) => {
      const named = namedSchema.safeParse(parsed(line)).data;
      return named === undefined ? [] : [[named.id.toLowerCase(), named.thread_name] as const];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
