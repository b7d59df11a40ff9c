/** One thing in a conversation, whichever agent has written it down. Times are ISO 8601 UTC, null where there is none. */
export type TranscriptItem =
  | { readonly kind: "user"; readonly text: Cut; readonly at: string | null }
  | { readonly kind: "assistant"; readonly text: Cut; readonly at: string | null }
  | ToolUse
  | FileEdit
  | {
      readonly kind: "plan";
      readonly steps: readonly PlanStep[];
      readonly at: string | null;
    }
  /**
   * What the agent has put in the place of everything before it, to save room. What the file still has of that is given
   * before it all the same; the agent itself goes on with this and what follows. Empty where the agent keeps it sealed.
   */
  | { readonly kind: "condensed"; readonly text: Cut; readonly at: string | null };

/**
 * A text, and how many of its code points were left out because it was too long. Its beginning and its end are kept, with a
 * line between them that says so: nothing is left out silently.
 */
export interface Cut {
  readonly text: string;
  readonly missing: number;
}

/** A tool that the agent has used, in the place where it was called. `name` and `input` are the agent's own; `output` is null where none was written. */
export interface ToolUse {
  readonly kind: "tool";
  readonly id: string;
  readonly name: string;
  /** The command line where it is a shell command; null for any other tool. */
  readonly command: string | null;
  readonly input: unknown;
  readonly output: Cut | null;
  readonly outcome: "ok" | "failed" | "denied" | "unknown";
  readonly at: string | null;
}

/** A file that the agent has changed; `diff` is unified where it can be told. */
export interface FileEdit {
  readonly kind: "edit";
  readonly path: string;
  readonly change: "add" | "update" | "delete";
  readonly diff: Cut | null;
  /** The tool use that has made it; null where it was none. */
  readonly tool: string | null;
  readonly at: string | null;
}

/** A step of the agent's own plan, as it stood then. */
export interface PlanStep {
  readonly text: string;
  readonly status: "pending" | "in_progress" | "completed";
}

/** What a reader leaves out of the items, counted: an account of losses is made of it. */
export interface LeftOut {
  readonly what:
    | "reasoning"
    | "image"
    | "sub_agent"
    | "abandoned_branch"
    | "system"
    | "unreadable"
    | "unknown";
  readonly count: number;
}

/** A conversation that an agent has on disk, as a list shows it. */
export interface NativeSession {
  readonly agent: string;
  readonly native_id: string;
  /** Absolute path of the transcript. */
  readonly file: string;
  readonly cwd: string | null;
  readonly branch: string | null;
  readonly title: string | null;
  readonly model: string | null;
  /** Prompts of the person's, those included that were rewound in the file. */
  readonly turns: number;
  readonly bytes: number;
  readonly created_at: string | null;
  readonly updated_at: string;
}

/** A conversation being read: items come one at a time, so that its size does not matter. */
export interface Transcript {
  readonly session: NativeSession;
  /** In the order of the conversation: the branch that the agent itself would go on with. */
  items(): AsyncIterable<TranscriptItem>;
  /** Complete once the items were read to their end. */
  leftOut(): readonly LeftOut[];
}
