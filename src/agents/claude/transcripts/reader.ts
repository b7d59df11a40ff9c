import type { NativeReader } from "../../transcripts/native.ts";
import { findConversations, openConversations } from "./find.ts";
import { readConversation } from "./read.ts";
import { sketchConversation } from "./sketch.ts";

/** The conversations of Claude Code 2.1.330. */
export const claudeReader: NativeReader = {
  agent: "claude",
  find: findConversations,
  sketch: sketchConversation,
  read: readConversation,
  live: openConversations,
};
