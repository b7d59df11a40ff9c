import { rm } from "node:fs/promises";
import type { NativeAccess } from "../../agents/natives.ts";
import type { WriteRequest, Written } from "../../agents/transcripts/writer.ts";
import { DEFAULT_CONTEXT_BUDGET } from "../../contracts/context.ts";
import { BatonError } from "../../contracts/error.ts";
import type { Account } from "../../contracts/handoff.ts";
import { accountOf } from "../../core/history/account.ts";
import { createCollector, type Collected } from "../../core/history/collect.ts";
import type { HistoryEntry } from "../../core/history/entry.ts";
import { originNote } from "../../core/history/note.ts";
import { differenceOf } from "../../core/history/same.ts";
import { summaryOf } from "../../core/summary/summary.ts";
import type { LeftOut, NativeSession, Transcript } from "../../core/transcript.ts";

export interface CarryRequest extends Pick<WriteRequest, "env" | "cwd" | "at"> {
  readonly source: Transcript;
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  /** How much of the conversation there is room for, in estimated tokens. */
  readonly budget: number;
  readonly target: NativeAccess;
}

/** A conversation of the target's own, with what has come of the source in it. */
export interface Carried {
  readonly written: Written;
  readonly account: Account;
}

/**
 * Makes a conversation of the target's own out of another agent's, reads it back and compares; one that is not the same
 * is removed. The source is only read.
 * @throws BatonError `invalid_argument` for a conversation in which nobody has said anything, `agent_error` where the
 * target cannot be given it
 */
export async function carryHistory(request: CarryRequest): Promise<Carried> {
  const { source, agent, budget, target, env, cwd, at } = request;
  const collected = await collect(source, { agent, budget });
  if (!collected.entries.some(({ kind }) => kind === "user" || kind === "assistant")) {
    throw new BatonError("invalid_argument", `nobody has said anything in ${source.session.native_id} yet`, {
      hint: "`baton sessions --native` shows how many turns each conversation has.",
    });
  }
  const { session } = source;
  const leftOut = source.leftOut();
  const notes = notesFor(agent, { session, collected, leftOut, at });
  const title = session.title ?? `handed over from ${agent}`;
  const entries = [...notes, ...collected.entries];
  const written = await target.writer.write({ env, cwd, at, title, entries });
  await checked(written, target);
  const changed = [...condensedLoss(collected), ...collected.changed, ...written.changed];
  const account = accountOf({ entries: written.entries, changed, dropped: collected.dropped, leftOut });
  return { written, account };
}

async function collect(
  source: Transcript,
  options: { readonly agent: string; readonly budget: number },
): Promise<Collected> {
  const collector = createCollector(options);
  for await (const item of source.items()) collector.add(item);
  return collector.finish();
}

interface NoteParts {
  readonly session: NativeSession;
  readonly collected: Collected;
  readonly leftOut: readonly LeftOut[];
  readonly at: string;
}

/** The link back, and what the oldest part comes to where there was no room for it. */
function notesFor(agent: string, { session, collected, leftOut, at }: NoteParts): readonly HistoryEntry[] {
  const { native_id: nativeId, cwd } = session;
  const link: HistoryEntry = { kind: "note", text: originNote({ agent, nativeId, cwd }), at };
  const { condensed } = collected;
  if (condensed === null) return [link];
  const { digest } = condensed;
  const parts = { agent, source: session, digest, leftOut, repository: null, fields: null, agentWords: null };
  const block = summaryOf(parts, DEFAULT_CONTEXT_BUDGET);
  return block === null ? [link] : [link, { kind: "note", text: block.text, at }];
}

function condensedLoss({ condensed }: Collected) {
  if (condensed === null) return [];
  const why = "there was no room for them: they are condensed into a summary at the beginning";
  return [{ what: "oldest turns", count: Math.max(1, condensed.turns), why }];
}

/** @throws BatonError `agent_error` when what was written does not say what it was to say; nothing of it is left then */
async function checked({ file, entries }: Written, { reader }: NativeAccess): Promise<void> {
  const difference = await readBack(reader, file, entries).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (difference === null) return;
  await rm(file.file, { force: true });
  throw new BatonError(
    "agent_error",
    `the conversation does not read back from ${reader.agent} as it was: ${difference}`,
    { hint: "Nothing was left behind. Hand it on with --mode summary." },
  );
}

async function readBack(
  reader: NativeAccess["reader"],
  file: Written["file"],
  entries: readonly HistoryEntry[],
): Promise<string | null> {
  const read = await collect(await reader.read(file), { agent: reader.agent, budget: Infinity });
  return differenceOf(entries, read.entries);
}
