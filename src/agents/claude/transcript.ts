import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

/** More than this was not written in passing. */
const MOST_READ = 8 * 1024 * 1024;

/** The file that Claude Code keeps a conversation in, watched for turns that are not ours. */
export interface TranscriptWatch {
  /** What stands in it now is known: it is as the process behind the conversation left it. */
  settled(): void;
  /** Whether somebody else has added a turn since. */
  wasContinued(): boolean;
}

/**
 * Watches `projects/<directory>/<id>.jsonl` of a configuration folder. Claude Code 2.1.330 has written a turn's records
 * when it reports its result, and adds nothing while it waits for the next one; two processes never notice each other.
 * Synchronous, since who asks decides on the spot which process gets the next turn.
 */
export function watchTranscript(configFolder: string, cwd: string, id: string): TranscriptWatch {
  const projects = path.join(configFolder, "projects");
  let file: string | null = null;
  let known = 0;

  const locate = () => (file ??= findTranscript(projects, cwd, id));
  return {
    settled: () => {
      const found = locate();
      known = found === null ? 0 : (sizeOf(found) ?? 0);
    },
    wasContinued: () => {
      const found = locate();
      if (found === null) return false;
      const size = sizeOf(found);
      if (size === null || size < known || size - known > MOST_READ) return true;
      if (size === known) return false;
      const added = readFrom(found, known, size);
      if (added === null || holdsTurn(added)) return true;
      known = size;
      return false;
    },
  };
}

/** In the folder that bears the directory's name, else (a long name is cut, the conversation began elsewhere) in any. */
function findTranscript(projects: string, cwd: string, id: string): string | null {
  const at = (folder: string) => path.join(projects, folder, `${id}.jsonl`);
  const expected = at(cwd.replaceAll(/[^A-Za-z0-9]/g, "-"));
  if (sizeOf(expected) !== null) return expected;
  return (
    foldersIn(projects)
      .map(at)
      .find((candidate) => sizeOf(candidate) !== null) ?? null
  );
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

function readFrom(file: string, from: number, to: number): string | null {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    const buffer = Buffer.alloc(to - from);
    const read = readSync(descriptor, buffer, 0, buffer.length, from);
    return buffer.toString("utf8", 0, read);
  } catch {
    return null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

const recordSchema = z.looseObject({ type: z.string() });

/** Records of other kinds (`last-prompt`, `mode`, `cost-state`, titles) come without a turn. */
function holdsTurn(text: string): boolean {
  return text.split("\n").some((line) => ["user", "assistant"].includes(typeOf(line)));
}

function typeOf(line: string): string {
  try {
    return recordSchema.parse(JSON.parse(line)).type;
  } catch {
    return "";
  }
}
