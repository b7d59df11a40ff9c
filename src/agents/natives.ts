import { claudeWriter } from "./claude/transcripts/write.ts";
import { codexWriter } from "./codex/transcripts/write.ts";
import { createGeminiWriter } from "./gemini/transcripts/write.ts";
import { createReaders } from "./readers.ts";
import type { NativeReader } from "./transcripts/native.ts";
import type { NativeWriter } from "./transcripts/writer.ts";

/** How the conversations of one kind of agent are read from its disk, and written there. */
export interface NativeAccess {
  readonly reader: NativeReader;
  readonly writer: NativeWriter;
}

/** The agents whose own conversations Baton reads and writes, by name. */
export type Natives = ReadonlyMap<string, NativeAccess>;

/** @param stateDir the folder that the drivers are given too */
export function createNatives(stateDir: string): Natives {
  const readers = createReaders(stateDir);
  const writers = [claudeWriter, codexWriter, createGeminiWriter(stateDir)];
  return new Map(
    writers.flatMap((writer) => {
      const reader = readers.get(writer.agent);
      return reader === undefined ? [] : [[writer.agent, { reader, writer }] as const];
    }),
  );
}
