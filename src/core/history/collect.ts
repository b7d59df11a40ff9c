import { createDigest, type Digest } from "../summary/digest.ts";
import { estimatedTokens } from "../tokens.ts";
import type { TranscriptItem } from "../transcript.ts";
import type { HistoryEntry, Loss } from "./entry.ts";
import { countLosses } from "./losses.ts";
import { createEntries, type Made } from "./to-entries.ts";

/** What a conversation comes to when it is carried: the newest of it, as much as there is room for. */
export interface Collected {
  readonly entries: readonly HistoryEntry[];
  /** What of it is there in another form than it was. */
  readonly changed: readonly Loss[];
  readonly dropped: readonly Loss[];
  /** The oldest part, for which there was no room, and how many of the user's messages were in it; null when there is none. */
  readonly condensed: { readonly digest: Digest; readonly turns: number } | null;
}

export interface CollectOptions {
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  /** How much there is room for, in estimated tokens; with Infinity nothing is cut. */
  readonly budget: number;
}

/** What an entry takes besides its texts, in estimated tokens. */
const FRAME = 12;
/** How much of the room one message may take. */
const SHARE = 0.8;
const UNITS_PER_TOKEN = 2;
/** The longest output that is carried, in UTF-16 units: their agents have cut real ones at about as much. */
const OUTPUT = 48 * 1024;

interface Held extends Made {
  readonly tokens: number;
}

/** Collects a conversation while its items go by; never holds much more of it than there is room for. */
export function createCollector({ agent, budget }: CollectOptions) {
  const digest = createDigest();
  const changed = countLosses();
  const dropped = countLosses();
  const longest = Math.floor(budget * SHARE * UNITS_PER_TOKEN);
  const longestOutput = budget === Infinity ? Infinity : OUTPUT;
  const entries = createEntries({ agent, longest, longestOutput, changed, dropped });
  let held: Held[] = [];
  let tokens = 0;
  let gone = { entries: 0, turns: 0 };

  const condense = (count: number) => {
    for (const { entry, items, tokens: its } of held.slice(0, count)) {
      for (const item of items) digest.add(item);
      tokens -= its;
      gone = { entries: gone.entries + 1, turns: gone.turns + (entry.kind === "user" ? 1 : 0) };
    }
    held = held.slice(count);
  };
  const hold = (made: Made) => {
    const its = FRAME + estimatedTokens(textIn(made.entry));
    held.push({ ...made, tokens: its });
    tokens += its;
    if (tokens > budget) condense(tooMany(held, tokens, budget * SHARE));
  };
  return {
    add(item: TranscriptItem): void {
      for (const made of entries.add(item)) hold(made);
    },
    /** All of it, at the end of the conversation. */
    finish(): Collected {
      for (const made of entries.end()) hold(made);
      if (gone.entries > 0) condense(beforeTurn(held, tokens));
      return {
        entries: held.map(({ entry }) => entry),
        changed: changed.list(),
        dropped: dropped.list(),
        condensed: gone.entries === 0 ? null : { digest: digest.facts(), turns: gone.turns },
      };
    },
  };
}

/** How many of the oldest have to go, so that what is left takes at most `room`; the newest always stays. */
function tooMany(held: readonly Held[], tokens: number, room: number): number {
  let rest = tokens;
  const first = held.findIndex(({ tokens: its }, index) => {
    if (rest <= room || index === held.length - 1) return true;
    rest -= its;
    return false;
  });
  return Math.max(0, first);
}

/** How many stand before the first message of the user's: it shall begin with one, unless that costs half of what is left. */
function beforeTurn(held: readonly Held[], tokens: number): number {
  const first = held.findIndex(({ entry }) => entry.kind === "user");
  if (first === -1) return 0;
  const cost = held.slice(0, first).reduce((sum, { tokens: its }) => sum + its, 0);
  return cost * 2 > tokens ? 0 : first;
}

/** Everything in an entry that a model reads. */
function textIn(entry: HistoryEntry): string {
  switch (entry.kind) {
    case "shell":
      return entry.command + entry.output;
    case "edit":
      return entry.edits.map(({ path, diff }) => path + (diff ?? "")).join("") + entry.output;
    case "plan":
      return entry.steps.map(({ text }) => text).join("");
    case "tool":
      return entry.name + (JSON.stringify(entry.input) ?? "") + entry.output;
    case "note":
    case "user":
    case "assistant":
      return entry.text;
  }
}
