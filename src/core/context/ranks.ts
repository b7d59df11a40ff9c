import type { Ranking } from "./entry.ts";

/**
 * What gets room first. Every piece has a number: where its kind begins, and a step for each one of the kind before it,
 * so that the first few of every kind come before the many of one. The smallest numbers are told.
 */
export const RANKS = {
  /** The caller's own words. */
  task: { first: 0, step: 2 },
  nextAsked: { first: 1, step: 2 },
  issues: { first: 6, step: 1 },
  filesNamed: { first: 8, step: 1 },
  /** Branch, commit, and whether something is uncommitted. */
  repository: { first: 2, step: 0.5 },
  /** The user's last message with content, then the first. */
  goalLast: { first: 2, step: 6 },
  goalFirst: { first: 4, step: 6 },
  next: { first: 5, step: 0.5 },
  /** What the source agent has written for this: with its steps it takes about half of the room. */
  agentWords: { first: 5, step: 1.5 },
  /** What is being done, then what is to be done. */
  todo: { first: 6, step: 0.5 },
  answer: { first: 7, step: 5 },
  /** A command that fails and has not passed since; its last lines at once, further lines later. */
  failing: { first: 8, step: 3 },
  files: { first: 9, step: 1 },
  decisions: { first: 10, step: 1.5 },
  denied: { first: 12, step: 3 },
  uncommitted: { first: 14, step: 1 },
  goalBetween: { first: 16, step: 3 },
  passedLater: { first: 18, step: 3 },
  commits: { first: 18, step: 2 },
  earlier: { first: 20, step: 3 },
  otherFiles: { first: 20, step: 1 },
} as const satisfies Record<string, Ranking>;

/** The rank of the piece that has so many of its kind before it. */
export function rankOf(kind: keyof typeof RANKS, before: number): number {
  const { first, step } = RANKS[kind];
  return first + step * before;
}
