import { claudeReader } from "./claude/transcripts/reader.ts";
import { codexReader } from "./codex/transcripts/reader.ts";
import { createGeminiReader } from "./gemini/transcripts/reader.ts";
import type { NativeReader } from "./transcripts/native.ts";

/** What can read the conversations of each agent, by its name. `stateDir` is the folder of ours that drivers get. */
export function createReaders(stateDir: string): ReadonlyMap<string, NativeReader> {
  const readers = [claudeReader, codexReader, createGeminiReader(stateDir)];
  return new Map(readers.map((reader) => [reader.agent, reader]));
}
