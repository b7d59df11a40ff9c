import { BLOCK } from "../context/quotable.ts";
import { quoteOf, type Quote } from "../context/quote.ts";
import type { Cut } from "../transcript.ts";

/** What a message of the user says itself, and the context block that Baton had put beside it. */
export interface UserMessage {
  readonly text: Cut;
  readonly inherited: string | null;
}

const CONTEXT = new RegExp(`<${BLOCK}>\\n?([^]*?)\\n?</${BLOCK}>`, "g");
/** How messages begin that a CLI has written in the user's name. */
const MACHINE =
  /^\s*(?:<(?:system-reminder|environment_context|user_instructions|permissions|turn_aborted|local-command-|command-(?:name|message|args)|bash-|task-notification)|# AGENTS\.md instructions|Caveat: The messages below|\[Request interrupted)/;
/** Words that only wave the agent on; a message of nothing else has no content of its own. */
const WAVING = new Set(
  "yes yeah yep y ok okay k sure fine right correct go on ahead continue proceed please pls thanks thank you thx good great nice perfect cool done do it that this next again lgtm ship resume keep going with the work now and so then let's lets".split(
    " ",
  ),
);

/** The message without the blocks of earlier handoffs. */
export function userMessage({ text, missing }: Cut): UserMessage {
  const blocks = Array.from(text.matchAll(CONTEXT), ([, content = ""]) => content);
  if (blocks.length === 0) return { text: { text, missing }, inherited: null };
  return { text: { text: text.replaceAll(CONTEXT, "").trim(), missing }, inherited: blocks.join("\n\n") };
}

/** Whether a message says something, rather than nothing, "go on", or what a CLI has written itself. */
export function isSubstantial(text: string): boolean {
  const start = text.slice(0, 2_000);
  if (MACHINE.test(start)) return false;
  const words = start.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return words.some((word) => !WAVING.has(word));
}

/** What was asked and said first and last. */
export interface Talk {
  readonly first: Quote | null;
  /** Substantial messages of the user after the first, oldest first. */
  readonly later: readonly Quote[];
  /** How many more there were. */
  readonly beyond: number;
  /** The very last message of the user, where it is none of those. */
  readonly last: Quote | null;
  /** What the agent has said last since then; null when it has said nothing. */
  readonly answer: Quote | null;
  /** What the agent itself has put in the place of an earlier part. */
  readonly condensed: Quote | null;
  /** What an earlier handoff had brought. */
  readonly inherited: Quote | null;
}

const LATER_KEPT = 20;

/** Keeps what a conversation is for, while its messages go by. */
export function createTalk() {
  // Quoted only at the end: most of what goes by is not told.
  let first: Cut | null = null;
  const later: Cut[] = [];
  let beyond = 0;
  let last: Cut | null = null;
  let answer: Cut | null = null;
  let condensed: Cut | null = null;
  let inherited: Cut | null = null;
  return {
    user({ text, inherited: block }: UserMessage): void {
      if (block !== null) inherited = { text: block, missing: 0 };
      if (MACHINE.test(text.text) || text.text.trim() === "") return;
      answer = null;
      last = null;
      if (!isSubstantial(text.text)) last = text;
      else if (first === null) first = text;
      else later.push(text);
      if (later.length <= LATER_KEPT) return;
      later.shift();
      beyond += 1;
    },
    assistant(text: Cut): void {
      if (text.text.trim() !== "") answer = text;
    },
    condensed(text: Cut): void {
      if (text.text.trim() !== "") condensed = text;
    },
    facts: (): Talk => ({
      first: quotedStart(first, 4_000),
      later: later.map((text) => quoteOf(text, "start", 2_500)),
      beyond,
      last: quotedStart(last, 400),
      answer: answer === null ? null : quoteOf(answer, "both", 5_000),
      condensed: quotedStart(condensed, 6_000),
      inherited: quotedStart(inherited, 6_000),
    }),
  };
}

function quotedStart(text: Cut | null, units: number): Quote | null {
  return text === null ? null : quoteOf(text, "start", units);
}
