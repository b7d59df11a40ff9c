import type { FileEdit, PlanStep, ToolUse } from "../transcript.ts";

interface Timed {
  /** ISO 8601 UTC; null where the source does not tell it. */
  readonly at: string | null;
}

/** How a tool use ended, as every agent can be told it. */
export type EntryOutcome = Exclude<ToolUse["outcome"], "unknown">;

interface Answered extends Timed {
  readonly output: string;
  readonly outcome: EntryOutcome;
}

/** A change to a file; `isCut` where the diff is not whole. */
export interface EntryEdit extends Pick<FileEdit, "path" | "change"> {
  readonly diff: string | null;
  readonly isCut: boolean;
}

/** One thing in a conversation that is carried to another agent, in no agent's own form. */
export type HistoryEntry =
  /** What Baton says of the conversation, in nobody's name. */
  | ({ readonly kind: "note"; readonly text: string } & Timed)
  | ({ readonly kind: "user"; readonly text: string } & Timed)
  | ({ readonly kind: "assistant"; readonly text: string } & Timed)
  | ({ readonly kind: "shell"; readonly command: string } & Answered)
  | ({ readonly kind: "edit"; readonly edits: readonly EntryEdit[] } & Answered)
  | ({ readonly kind: "plan"; readonly steps: readonly PlanStep[] } & Timed)
  | ({ readonly kind: "tool"; readonly name: string; readonly input: unknown } & Answered);

/** Something that is not what it was, or is not there: what, how often, and why. */
export interface Loss {
  readonly what: string;
  readonly count: number;
  readonly why: string;
}
