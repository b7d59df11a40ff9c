import type { ContextFields } from "../../contracts/context.ts";
import { BatonError } from "../../contracts/error.ts";
import type { ContextBlock } from "../../core/context/block.ts";
import { createDigest } from "../../core/summary/digest.ts";
import type { RepositoryFacts } from "../../core/summary/repository-facts.ts";
import { summaryOf } from "../../core/summary/summary.ts";
import type { Transcript } from "../../core/transcript.ts";
import { gitThatLooksIn } from "./git.ts";
import { repositoryFacts } from "./repository.ts";

/** What to make a summary of, and how long it may be. */
export interface SummaryRequest {
  readonly transcript: Transcript;
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  /** The caller's environment; git gets the base of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In estimated tokens. */
  readonly budget: number;
  /** What the caller says itself, beside what is found. */
  readonly fields: ContextFields | null;
  /** What the source agent has answered to `wordsPrompt`; null when it was not asked. */
  readonly agentWords: string | null;
}

/**
 * Reads a conversation to its end and the repository that it was in, and makes the context block that hands it over.
 * No model is asked, and nothing is written.
 * @throws BatonError `invalid_argument` when the conversation has nothing in it to hand over
 */
export async function summarize(request: SummaryRequest): Promise<ContextBlock> {
  const { transcript, agent, env, budget, fields, agentWords } = request;
  const { session } = transcript;
  const digest = createDigest();
  for await (const item of transcript.items()) digest.add(item);
  const block = summaryOf(
    {
      agent,
      source: session,
      digest: digest.facts(),
      leftOut: transcript.leftOut(),
      repository: await repositoryAt(session.cwd, session.created_at, env),
      fields,
      agentWords,
    },
    budget,
  );
  if (block !== null) return block;
  throw new BatonError(
    "invalid_argument",
    `the conversation ${session.native_id} has nothing in it to hand over`,
    {
      hint: "`baton sessions --native` shows how many turns each one has.",
    },
  );
}

async function repositoryAt(
  cwd: string | null,
  begun: string | null,
  env: SummaryRequest["env"],
): Promise<RepositoryFacts | null> {
  if (cwd === null) return null;
  const git = await gitThatLooksIn(cwd, env);
  return git === null ? null : repositoryFacts(git, begun);
}
