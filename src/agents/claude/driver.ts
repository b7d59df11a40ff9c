import { NO_OBSERVER, type ChildObserver } from "../../process/child.ts";
import type { Conversation, Driver } from "../driver.ts";
import type { OnRateLimits } from "./conversation.ts";
import { describeClaude } from "./describe.ts";
import { claudeEnvironment } from "./environment.ts";
import { findClaude } from "./executable.ts";
import { openConversation } from "./open.ts";
import { createPrivateFiles } from "./private-files.ts";

const KEEP_WARM_MS = 5 * 60_000;

export interface ClaudeDriverOptions {
  /** A folder of ours, 0700, for the settings files of children. */
  readonly stateDir: string;
  readonly observer?: ChildObserver;
  /** Hears of a subscription's limits when they change. */
  readonly onRateLimits?: OnRateLimits;
}

/** Runs Claude Code: one persistent `claude -p` for each open conversation, prompts on its stdin. */
export function createClaudeDriver({
  stateDir,
  observer = NO_OBSERVER,
  onRateLimits = () => undefined,
}: ClaudeDriverOptions): Driver {
  const files = createPrivateFiles(stateDir);
  const open = new Set<Promise<Conversation>>();

  return {
    agent: "claude",
    title: "Claude Code",
    environment: claudeEnvironment,
    keepWarmMs: KEEP_WARM_MS,
    isExclusive: false,
    resumeArgv: (nativeId) => ["claude", "--resume", nativeId],
    resumeEnvironment: () => ({}),
    find: findClaude,
    describe: describeClaude,
    open: (request) => {
      const opening = openConversation(request, {
        files,
        observer,
        onRateLimits,
        onReleased: () => open.delete(opening),
      });
      open.add(opening);
      opening.catch(() => open.delete(opening));
      return opening;
    },
    close: async () => {
      const conversations = await Promise.allSettled(open);
      const opened = conversations.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      await Promise.all(opened.map((conversation) => conversation.close()));
    },
  };
}
