import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { identify } from "../../../process/identity.ts";
import type { Environment } from "../../driver.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { regularFiles } from "../../transcripts/walk.ts";
import { configFolderOf } from "../settings-files.ts";

const CONVERSATION = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/i;

/** `projects/<directory>/<session id>.jsonl`; what lies in folders below are sub-agents and results. */
export async function findConversations(env: Environment) {
  const root = path.join(configFolderOf(env), "projects");
  const seen = await regularFiles(root, { depth: 1, accepts: (name) => CONVERSATION.test(name) });
  const files = seen.flatMap((file): readonly NativeFile[] => {
    const id = CONVERSATION.exec(path.basename(file.file))?.[1];
    return id === undefined
      ? []
      : [{ ...file, agent: "claude", native_id: id.toLowerCase(), root, cwd: null, title: null }];
  });
  return { files, roots: [root] };
}

const registeredSchema = z.looseObject({
  pid: z.int().positive(),
  sessionId: z.string(),
  /** The system's own mark of the process's start, on Linux. */
  procStart: z.string().optional().catch(undefined),
});

/** The registry of Claude Code 2.1.330: `sessions/<pid>.json`, which a process that was killed leaves behind. */
export async function openConversations(env: Environment): Promise<ReadonlySet<string>> {
  const folder = path.join(configFolderOf(env), "sessions");
  const entries = await regularFiles(folder, { depth: 0, accepts: (name) => name.endsWith(".json") });
  const ids = await Promise.all(
    entries.map(async ({ file, bytes }) => (bytes > MOST_BYTES ? null : openIn(await readText(file)))),
  );
  return new Set(ids.filter((id) => id !== null));
}

const MOST_BYTES = 1024 * 1024;

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

async function openIn(text: string): Promise<string | null> {
  const entry = registeredSchema.safeParse(parsed(text)).data;
  if (entry === undefined) return null;
  const { pid, sessionId, procStart } = entry;
  const found = await identify(pid);
  if (found === null || (isLinux && procStart !== undefined && procStart !== found.birth)) return null;
  return sessionId.toLowerCase();
}

const isLinux = process.platform === "linux";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
