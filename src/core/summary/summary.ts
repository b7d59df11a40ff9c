import type { ContextFields } from "../../contracts/context.ts";
import { contextBlock, type ContextBlock } from "../context/block.ts";
import { line, quotation, section, type Section } from "../context/entry.ts";
import { fieldSections } from "../context/fields.ts";
import { quotableLine } from "../context/quotable.ts";
import { quoteOf } from "../context/quote.ts";
import { RANKS, rankOf } from "../context/ranks.ts";
import type { LeftOut } from "../transcript.ts";
import type { Digest, Source } from "./digest.ts";
import { filesSection } from "./files-section.ts";
import type { RepositoryFacts } from "./repository-facts.ts";
import { repositorySection } from "./repository-section.ts";
import {
  decisionsSection,
  failuresSection,
  goalSection,
  lastExchangeSection,
  todoSection,
} from "./talk-sections.ts";

/** What a summary is made of. */
export interface SummaryParts {
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  readonly source: Source;
  readonly digest: Digest;
  /** What the reader of the conversation has left out. */
  readonly leftOut: readonly LeftOut[];
  /** Null where the directory is no repository, or is gone. */
  readonly repository: RepositoryFacts | null;
  /** What the caller says itself; its next step takes the place of the one that was found. */
  readonly fields: ContextFields | null;
  /** What the source agent has written for this when it was asked to; the facts stand beside it. */
  readonly agentWords: string | null;
}

const WORDS = 16_000;
/** What its absence changes for somebody who goes on with the work. */
const WORTH_SAYING: Partial<Record<LeftOut["what"], string>> = {
  sub_agent: "by sub-agents",
  abandoned_branch: "on branches that were given up",
  unreadable: "unreadable",
  image: "images",
};

/**
 * The context block of a conversation, in at most `budget` estimated tokens; the same parts give the same text. Null
 * when there is nothing to tell.
 */
export function summaryOf(parts: SummaryParts, budget: number): ContextBlock | null {
  const { digest, source, repository, fields } = parts;
  const said = fieldSections(fields ?? {});
  const next = said.next.entries.length > 0 ? said.next : section("Next step", nextEntries(digest));
  // The order of the sections never changes; which pieces of them are told, their ranks say.
  return contextBlock(
    sourceLine(parts),
    [
      said.task,
      wordsSection(parts),
      goalSection(digest),
      decisionsSection(digest),
      filesSection(digest, source.cwd, repository),
      said.files,
      failuresSection(digest),
      todoSection(digest),
      said.issues,
      lastExchangeSection(digest),
      earlierSection(digest),
      repositorySection(source.cwd, repository),
      next,
    ],
    budget,
  );
}

function sourceLine({ agent, source, leftOut }: SummaryParts): string {
  const turns = `${source.turns} ${source.turns === 1 ? "turn" : "turns"}`;
  const lost = leftOut.flatMap(({ what, count }) => {
    const words = WORTH_SAYING[what];
    return words === undefined || count === 0 ? [] : [`${count} ${words}`];
  });
  const not = lost.length === 0 ? "" : ` Not read: ${lost.join(", ")}.`;
  const id = quotableLine(source.native_id, 60);
  return `Made of a conversation with ${agent}: ${id}, ${turns}, last used ${source.updated_at}.${not}`;
}

function wordsSection({ agentWords }: SummaryParts): Section {
  if (agentWords === null || agentWords.trim() === "") return section("In the agent's own words", []);
  const quote = quoteOf({ text: agentWords, missing: 0 }, "start", WORDS);
  return section("In the agent's own words", [
    quotation("Written by the agent for this handoff, beside the facts below:", quote, {
      worth: "start",
      ...RANKS.agentWords,
    }),
  ]);
}

function earlierSection({ talk: { condensed, inherited } }: Digest): Section {
  const entries = [
    { lead: "The agent's own summary of what came before:", quote: condensed },
    { lead: "Handed over to this conversation when it began:", quote: inherited },
  ].flatMap(({ lead, quote }) =>
    quote === null ? [] : [quotation(lead, quote, { worth: "start", ...RANKS.earlier })],
  );
  return section("Earlier part", entries);
}

function nextEntries({ next }: Digest) {
  return next.map((text, index) => line(text, rankOf("next", index)));
}
