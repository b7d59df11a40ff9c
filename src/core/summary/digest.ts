import { quotableLine, wholeEnd } from "../context/quotable.ts";
import { isOriginNote } from "../history/note.ts";
import type { NativeSession, PlanStep, TranscriptItem } from "../transcript.ts";
import { createDecisions, questionAtEnd, sentencesIn } from "./decisions.ts";
import { createFailures, type Failure } from "./failures.ts";
import { createFiles, type ChangedFile } from "./files.ts";
import { createTalk, isSubstantial, userMessage, type Talk } from "./said.ts";

/** What a conversation comes to, each list with how many more there were. Its texts are quotable. */
export interface Digest {
  readonly talk: Talk;
  readonly decisions: readonly string[];
  readonly decisionsBeyond: number;
  /** Latest first. */
  readonly files: readonly ChangedFile[];
  readonly filesBeyond: number;
  /** Newest first. */
  readonly failures: readonly Failure[];
  readonly failuresBeyond: number;
  /** The agent's own plan as it stood last; a step's text is on one line. */
  readonly plan: readonly PlanStep[];
  /** What comes next as far as it was said, the surest first. */
  readonly next: readonly string[];
}

/** Where a conversation was: what of it is told in the line about the source. */
export type Source = Pick<NativeSession, "native_id" | "cwd" | "turns" | "updated_at">;

const STEP = 200;
const NEXT_READ = 4_000;
/** Sentences of an agent that say what is to be done. */
const AHEAD =
  /^(?:next(?: steps?)?\b|remaining\b|still (?:open|to do|missing)\b|to ?do\b|what(?:'s| is) left\b|then I(?:'ll| will)\b|I(?:'ll| will) (?:now|next)\b)/i;

/** Adds a conversation up while its items go by; what it keeps does not grow with their number. */
export function createDigest() {
  const talk = createTalk();
  const decisions = createDecisions();
  const files = createFiles();
  const failures = createFailures();
  let plan: readonly PlanStep[] = [];
  /** The agent's last words since the user's last message; null when there are none, or tools came after. */
  let said: string | null = null;
  let pending: string | null = null;
  return {
    add(item: TranscriptItem): void {
      decisions.add(item);
      if (item.kind === "user") {
        talk.user(userMessage(item.text));
        if (isSubstantial(item.text.text)) pending = item.text.text;
        said = null;
      }
      if (item.kind === "assistant") {
        talk.assistant(item.text);
        said = item.text.text;
        pending = null;
      }
      if (item.kind === "condensed" && !isOriginNote(item.text.text)) talk.condensed(item.text);
      if (item.kind === "plan") plan = item.steps;
      if (item.kind === "edit") files.add(item);
      if (item.kind === "tool") failures.add(item);
    },
    facts(): Digest {
      const decided = decisions.facts();
      const changed = files.facts();
      const failed = failures.facts();
      const steps = plan.map(({ text, status }) => ({ text: quotableLine(text, STEP), status }));
      return {
        talk: talk.facts(),
        decisions: decided.decisions,
        decisionsBeyond: decided.beyond,
        files: changed.files,
        filesBeyond: changed.beyond,
        failures: failed.failures,
        failuresBeyond: failed.beyond,
        plan: steps,
        next: nextOf(pending, said, steps),
      };
    },
  };
}

/** What waits for an answer, what is on the plan, what the agent has announced. */
function nextOf(pending: string | null, said: string | null, plan: readonly PlanStep[]): readonly string[] {
  const question = said === null ? null : questionAtEnd(said);
  const step =
    plan.find(({ status }) => status === "in_progress") ?? plan.find(({ status }) => status === "pending");
  const ahead = sentencesIn(wholeEnd(said ?? "", NEXT_READ)).findLast((sentence) => AHEAD.test(sentence));
  return [
    ...(pending === null ? [] : ["Answer the user's last message: the agent has not yet."]),
    ...(question === null ? [] : [`The agent waits for an answer to "${question}"`]),
    ...(step === undefined ? [] : [`${STEP_WORDS[step.status]}: "${step.text}"`]),
    ...(ahead === undefined ? [] : [`The agent said: "${quotableLine(ahead, STEP)}"`]),
  ];
}

const STEP_WORDS = { in_progress: "Begun, not finished", pending: "First on the plan", completed: "Done" };
