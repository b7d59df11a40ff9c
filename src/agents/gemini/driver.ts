import type { ChildObserver } from "../../process/child.ts";
import { createAcpDriver } from "../acp/driver.ts";
import type { Driver } from "../driver.ts";
import { geminiProfile } from "./profile.ts";

export interface GeminiDriverOptions {
  /** A folder of ours, 0700, in which the homes for Gemini CLI are kept. */
  readonly stateDir: string;
  readonly observer?: ChildObserver;
  /** How long a process without a conversation is kept, in milliseconds. */
  readonly idleMs?: number;
}

/** Runs Gemini CLI through `gemini --acp`: one process for each project and access level, many conversations in it. */
export function createGeminiDriver({ stateDir, ...options }: GeminiDriverOptions): Driver {
  return createAcpDriver(geminiProfile(stateDir), options);
}
