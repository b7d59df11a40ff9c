import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { NativeAccess } from "../../agents/natives.ts";
import type { OpenRequest } from "../../agents/driver.ts";
import type { Written } from "../../agents/transcripts/writer.ts";
import { errorOf } from "../../contracts/error.ts";
import { wordsPrompt } from "../../core/summary/words-prompt.ts";
import { carryHistory } from "../../handoff/history/carry.ts";
import { limit } from "../../process/limit.ts";
import type { Source } from "./source.ts";

/** How long an agent may take to sum its own conversation up, in milliseconds. */
const LIMIT_MS = 5 * 60_000;
/** How much of a conversation a copy holds that is written for it, in estimated tokens. */
const COPY_BUDGET = 200_000;

/** What a source agent has written for whoever goes on; null where it was not asked, or could not. */
export interface AgentWords {
  readonly text: string | null;
  readonly warnings: readonly string[];
}

export const NOT_ASKED: AgentWords = { text: null, warnings: [] };

export interface WordsRequest {
  readonly natives: NativeAccess;
  readonly cwd: string;
  /** Of the whole summary, in estimated tokens. */
  readonly budget: number;
  readonly at: string;
}

/**
 * Asks the source agent itself to sum its conversation up, in a copy of it that is gone afterwards: its own is not touched.
 * An agent that cannot, at its limit above all, leaves a warning and not a failure: the facts are there without it.
 */
export async function agentWords(source: Source, request: WordsRequest): Promise<AgentWords> {
  try {
    return await asked(source, request);
  } catch (error) {
    return { text: null, warnings: [failed(source, errorOf(error, "agent_error").message)] };
  }
}

async function asked(source: Source, request: WordsRequest): Promise<AgentWords> {
  const copy = await copied(source, request);
  try {
    const conversation = await source.driver.open({ ...openingOf(source, request), ...copy.opening });
    try {
      const turn = conversation.run(wordsPrompt(request.budget), () => undefined);
      const outcome = await Promise.race([turn.outcome, limit(LIMIT_MS)]);
      if (outcome?.status === "completed") return { text: outcome.answer, warnings: [] };
      const reason = outcome?.status === "failed" ? outcome.error.message : "it took too long";
      return { text: null, warnings: [failed(source, reason)] };
    } finally {
      await conversation.close();
    }
  } finally {
    await copy.remove();
  }
}

function failed({ driver }: Source, reason: string): string {
  return `${driver.title} has not written the summary itself: ${reason}`;
}

function openingOf({ launch }: Source, { cwd }: WordsRequest): OpenRequest {
  return {
    launch,
    cwd,
    access: "read",
    nativeId: null,
    model: null,
    effort: null,
    schema: null,
    approvals: "decline",
    briefing: null,
    tools: null,
    depth: 1,
  };
}

interface Copy {
  readonly opening: Pick<OpenRequest, "nativeId" | "copyOf">;
  readonly remove: () => Promise<void>;
}

/** Where the agent makes no copies, one is written for it. */
async function copied(
  { driver, transcript, launch }: Source,
  { natives, cwd, at }: WordsRequest,
): Promise<Copy> {
  if (driver.copies) {
    const opening = { nativeId: null, copyOf: transcript.session.native_id };
    return { opening, remove: async () => undefined };
  }
  const { written } = await carryHistory({
    source: transcript,
    agent: driver.title,
    budget: COPY_BUDGET,
    target: natives,
    env: launch.env,
    cwd,
    at,
  });
  return {
    opening: { nativeId: written.nativeId },
    remove: async () => removeAll(written),
  };
}

/** With what its agent has begun beside it: Gemini CLI 0.61.0 names a file by the beginning of the id. */
async function removeAll({ nativeId, file }: Written): Promise<void> {
  const folder = path.dirname(file.file);
  const names = await readdir(folder);
  const its = names.filter((name) => name.includes(nativeId.slice(0, 8)));
  await Promise.all(its.map((name) => rm(path.join(folder, name), { force: true })));
}
