import type { NativeReader } from "../../transcripts/native.ts";
import { findConversations } from "./find.ts";
import { readConversation } from "./read.ts";
import { sketchConversation } from "./sketch.ts";

/**
 * The conversations of Gemini CLI 0.61.0, the person's own and those in the homes that Baton keeps for it below `stateDir`.
 * It leaves no trace of which of them a process has open.
 */
export function createGeminiReader(stateDir: string): NativeReader {
  return {
    agent: "gemini",
    find: (env) => findConversations(env, stateDir),
    sketch: sketchConversation,
    read: readConversation,
    live: async () => new Set(),
  };
}
