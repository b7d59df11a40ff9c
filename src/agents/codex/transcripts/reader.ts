import type { NativeReader } from "../../transcripts/native.ts";
import { findConversations } from "./find.ts";
import { openConversations } from "./open-threads.ts";
import { readConversation } from "./read.ts";
import { sketchConversation } from "./sketch.ts";

/** The conversations of Codex 0.169.0. */
export const codexReader: NativeReader = {
  agent: "codex",
  find: findConversations,
  sketch: sketchConversation,
  read: readConversation,
  live: openConversations,
};
