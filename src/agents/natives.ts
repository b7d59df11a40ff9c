import { claudeReader } from "./claude/transcripts/reader.ts";
import { claudeWriter } from "./claude/transcripts/write.ts";
import { codexReader } from "./codex/transcripts/reader.ts";
import { codexWriter } from "./codex/transcripts/write.ts";
import { createGeminiReader } from "./gemini/transcripts/reader.ts";
import { createGeminiWriter } from "./gemini/transcripts/write.ts";
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
  return new Map([
    ["claude", { reader: claudeReader, writer: claudeWriter }],
    ["codex", { reader: codexReader, writer: codexWriter }],
    ["gemini", { reader: createGeminiReader(stateDir), writer: createGeminiWriter(stateDir) }],
  ]);
}
