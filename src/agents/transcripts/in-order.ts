import type { Cut, FileEdit, PlanStep, ToolUse, TranscriptItem } from "../../core/transcript.ts";

/** How many items wait at most for the result of the tool use before them. */
const MOST_WAITING = 256;

/** A tool use whose result may still come. `plan` is what it makes of the agent's plan if it succeeds. */
export interface Call {
  readonly id: string;
  readonly name: string;
  readonly command: string | null;
  readonly input: unknown;
  readonly at: string | null;
  readonly plan?: readonly PlanStep[];
}

/** What came of a tool use; what is left out of it stays as it was known before. */
export interface Outcome {
  readonly output?: Cut;
  /** An output that counts only as long as no other one is known. */
  readonly outputIfNone?: Cut;
  readonly outcome?: ToolUse["outcome"];
  readonly edits?: readonly Omit<FileEdit, "kind" | "tool">[];
  readonly plan?: readonly PlanStep[];
}

interface Waiting {
  use: ToolUse;
  edits: FileEdit[];
  plan: readonly PlanStep[] | null;
  isAnswered: boolean;
}

/**
 * Puts results beside the calls that they belong to, and gives the items in the order of the calls. What has to wait for
 * a result that does not come is given without it, so that no file can make this grow.
 */
export function createSequence() {
  let queue: (TranscriptItem | Waiting)[] = [];
  const open = new Map<string, Waiting>();

  const given = (entry: TranscriptItem | Waiting): readonly TranscriptItem[] => {
    if ("kind" in entry) return [entry];
    open.delete(entry.use.id);
    const { use, plan, edits } = entry;
    if (plan !== null && use.outcome !== "failed" && use.outcome !== "denied") {
      return [{ kind: "plan", steps: plan, at: use.at }, ...edits];
    }
    return [use, ...edits];
  };
  const isReady = (entry: TranscriptItem | Waiting | undefined) =>
    entry !== undefined && ("kind" in entry || entry.isAnswered || queue.length > MOST_WAITING);

  return {
    add: (item: TranscriptItem) => void queue.push(item),
    call({ id, name, command, input, at, plan }: Call): void {
      const use: ToolUse = {
        kind: "tool",
        id,
        name,
        command,
        input,
        output: null,
        outcome: "unknown",
        at,
      };
      const waiting: Waiting = { use, edits: [], plan: plan ?? null, isAnswered: false };
      queue.push(waiting);
      // An id that comes twice means the later one.
      open.set(id, waiting);
    },
    isOpen: (id: string) => open.has(id),
    /** What is known of a call beside its result; false when no such call is waiting. */
    learn(id: string, { output, outputIfNone, outcome, edits = [], plan }: Outcome): boolean {
      const waiting = open.get(id);
      if (waiting === undefined) return false;
      waiting.use = {
        ...waiting.use,
        output: output ?? waiting.use.output ?? outputIfNone ?? null,
        outcome: outcome ?? waiting.use.outcome,
      };
      waiting.edits.push(...edits.map((edit) => ({ kind: "edit" as const, tool: id, ...edit })));
      waiting.plan = plan ?? waiting.plan;
      return true;
    },
    /** The result of a call has come: nothing has to wait for it any longer. */
    answered(id: string): void {
      const waiting = open.get(id);
      if (waiting !== undefined) waiting.isAnswered = true;
    },
    /** The items that need not wait. */
    ready(): readonly TranscriptItem[] {
      const items: TranscriptItem[] = [];
      while (isReady(queue[0])) {
        const [first] = queue.splice(0, 1);
        if (first !== undefined) items.push(...given(first));
      }
      return items;
    },
    /** All that is left, at the end of the conversation. */
    rest(): readonly TranscriptItem[] {
      const items = queue.flatMap(given);
      queue = [];
      return items;
    },
  };
}

export type Sequence = ReturnType<typeof createSequence>;
