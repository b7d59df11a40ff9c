import { quotable, quotableLine, wholeEnd, wholeStart } from "../context/quotable.ts";
import type { PlanStep, TranscriptItem } from "../transcript.ts";
import { answeredQuestion } from "./questions.ts";
import { isSubstantial, userMessage } from "./said.ts";

const KEPT = 40;
const READ = 20_000;
const LINE = 240;

/** How a sentence begins or goes that states a choice. */
const CHOICE = [
  /\b(?:I|we)(?:'ve|'ll|'m|'re| have| will| am| are)?(?: now| also| therefore| deliberately)? (?:decided|chose|chosen|opted|settled on|picked|went with|going with|go with|sticking with|stick with)\b/i,
  /\b(?:instead of|rather than|in favou?r of)\b/i,
  /^(?:decision|decided|trade-?off|chosen approach)\b.{0,20}:/i,
];
/** How a message begins or goes that sets the agent right. */
const CORRECTION =
  /^(?:no\b|nope\b|not\b|stop\b|wait\b|wrong\b|actually\b|instead\b|rather\b|revert\b|undo\b)|(?:^|[.,;:!?]\s+|\bplease\s+)(?:don'?t|do not|never)\b|\b(?:instead|rather than|I (?:said|meant|prefer|want you to)|that'?s (?:wrong|not)|(?:you )?(?:should not|shouldn'?t|must not)|leave .{1,60} (?:alone|as (?:it|they) (?:is|are)))\b/i;

/**
 * Keeps what was decided, as far as it shows without understanding the talk: questions and their answers, messages that
 * set the agent right, steps that left its plan undone, and sentences of its own that state a choice. English only but
 * for answered questions and plans.
 */
export function createDecisions() {
  const found = new Map<string, string>();
  let beyond = 0;
  let isFirst = true;
  let said: string | null = null;
  let plan: readonly PlanStep[] = [];

  const add = (line: string) => {
    found.delete(line);
    found.set(line, line);
    const [oldest] = found.keys();
    if (found.size <= KEPT || oldest === undefined) return;
    found.delete(oldest);
    beyond += 1;
  };
  const user = (text: string) => {
    if (!isSubstantial(text) && said === null) return;
    const question = said === null ? null : questionAtEnd(said);
    const isCorrection = !isFirst && CORRECTION.test(text.trim().slice(0, 400));
    const words = question !== null || isCorrection ? quotableLine(text, LINE) : "";
    if (question !== null && words !== "") add(`The agent asked "${question}"; the user answered "${words}"`);
    else if (isCorrection) add(`The user: "${words}"`);
    if (isSubstantial(text)) isFirst = false;
    said = null;
  };
  return {
    add(item: TranscriptItem): void {
      if (item.kind === "user") user(userMessage(item.text).text.text);
      if (item.kind === "assistant") {
        said = item.text.text;
        for (const choice of choicesIn(said)) add(`The agent: "${choice}"`);
      }
      if (item.kind === "tool") {
        const answered = answeredQuestion(item);
        if (answered !== null) add(answered);
      }
      if (item.kind === "plan") {
        for (const step of dropped(plan, item.steps)) add(`Taken off the plan undone: "${step}"`);
        plan = item.steps;
      }
    },
    /** In their order. */
    facts: (): { readonly decisions: readonly string[]; readonly beyond: number } => ({
      decisions: [...found.values()],
      beyond,
    }),
  };
}

/** A question shorter than this seldom says what it is about. */
const BARE = 40;

/** The question that a text ends with, with the sentence before it where it is short; null when it ends with none. */
export function questionAtEnd(text: string): string | null {
  const sentences = sentencesIn(wholeEnd(text, 1_500));
  const last = sentences.at(-1) ?? "";
  if (!/[?？]\W*$/u.test(last)) return null;
  const about = last.length < BARE ? [sentences.at(-2) ?? "", last] : [last];
  return quotableLine(about.join(" "), LINE);
}

function choicesIn(text: string): readonly string[] {
  const start = wholeStart(text, READ);
  const states = (sentence: string) => CHOICE.some((pattern) => pattern.test(sentence));
  if (!sentencesIn(start).some(states)) return [];
  // A secret can go over several lines, so it is taken out before these are told apart.
  return sentencesIn(quotable(start))
    .filter((sentence) => sentence.length >= 15 && states(sentence))
    .slice(-4)
    .map((sentence) => quotableLine(sentence, LINE));
}

/** Sentences of the prose, without code and the marks of lists. */
export function sentencesIn(text: string): readonly string[] {
  return text
    .replaceAll(/```[^]*?(?:```|$)/g, "\n")
    .split(/(?<=[.!?？。])\s+|\n+/)
    .map((sentence) => sentence.replace(/^\s*(?:[-*+>]|#{1,6}|\d{1,3}[.)])\s+/, "").trim())
    .filter((sentence) => sentence !== "");
}

/** Steps that are gone without having been done; one that was only worded anew is not. */
function dropped(before: readonly PlanStep[], after: readonly PlanStep[]): readonly string[] {
  const isAnother =
    after.length > 0 && !before.some((step) => after.some((other) => isLike(step.text, other.text)));
  // A list that shares nothing with the one before is another plan, and an empty one a plan put away.
  if (isAnother || after.length === 0) return [];
  return before
    .filter(({ status, text }) => status !== "completed" && !after.some((step) => isLike(text, step.text)))
    .map(({ text }) => quotableLine(text, 160));
}

function isLike(one: string, other: string): boolean {
  const words = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [text]);
  const [a, b] = [words(one), words(other)];
  const shared = [...a].filter((word) => b.has(word)).length;
  return shared * 2 >= Math.min(a.size, b.size);
}
