import type { Cut, FileEdit, ToolUse, TranscriptItem } from "../transcript.ts";
import type { EntryEdit, HistoryEntry } from "./entry.ts";
import type { LossCount } from "./losses.ts";
import { isNote, withoutNote } from "./note.ts";
import { shortenedMiddle } from "./shorten.ts";

export const NO_RESULT = "[no result was recorded]";

/** An entry with the items that it was made of. */
export interface Made {
  readonly entry: HistoryEntry;
  readonly items: readonly TranscriptItem[];
}

export interface MakingOptions {
  /** What the source agent is called in a sentence. */
  readonly agent: string;
  /** The longest thing that somebody has said, in UTF-16 units. */
  readonly longest: number;
  /** The longest output of a tool, and diff, in UTF-16 units. */
  readonly longestOutput: number;
  readonly changed: LossCount;
  readonly dropped: LossCount;
}

/** Turns the items of a conversation, in their order, into entries: a tool use and the edits that follow it are one. */
export function createEntries({ agent, longest, longestOutput, changed, dropped }: MakingOptions) {
  let open: { readonly use: ToolUse; readonly edits: FileEdit[] } | null = null;

  const textOf = ({ text, missing }: Cut, most: number) => {
    const short = shortenedMiddle(text.toWellFormed(), most);
    dropped.add("characters", "the texts that they are of are too long", missing + short.missing);
    return short.text;
  };
  const editOf = ({ path, change, diff }: FileEdit): EntryEdit => {
    if (diff === null) return { path, change, diff: null, isCut: false };
    const text = textOf(diff, longestOutput);
    return { path, change, diff: text, isCut: text !== diff.text || diff.missing > 0 };
  };
  const closed = (): readonly Made[] => {
    if (open === null) return [];
    const { use, edits } = open;
    open = null;
    return madeOf(use, edits);
  };
  const madeOf = (use: ToolUse, edits: readonly FileEdit[]): readonly Made[] => {
    const { name, input, command, at } = use;
    if (use.output === null) changed.add("tool uses without a result", "nobody wrote down what came of them");
    const output = use.output === null ? NO_RESULT : textOf(use.output, longestOutput);
    const answered = { output, outcome: use.outcome === "unknown" ? ("ok" as const) : use.outcome, at };
    const changes = edits.map(editOf);
    if (command !== null) {
      const shell: Made = { entry: { kind: "shell", command, ...answered }, items: [use] };
      if (changes.length === 0) return [shell];
      const entry = { kind: "edit", edits: changes, output: "", outcome: "ok", at } as const;
      return [shell, { entry, items: edits }];
    }
    if (changes.length === 0) return [{ entry: { kind: "tool", name, input, ...answered }, items: [use] }];
    return [{ entry: { kind: "edit", edits: changes, ...answered, outcome: "ok" }, items: [use, ...edits] }];
  };
  /** A prompt may begin with what was handed over with it. */
  const saidBy = (item: TranscriptItem & { readonly kind: "user" }): readonly Made[] => {
    const { at } = item;
    const { note, rest } = withoutNote(textOf(item.text, longest));
    const entry = { kind: "user", text: rest, at } as const;
    const made: Made = { entry, items: [item] };
    return note === null ? [made] : [{ entry: { kind: "note", text: note, at }, items: [] }, made];
  };
  const condensed = (item: TranscriptItem & { readonly kind: "condensed" }): readonly Made[] => {
    const { at } = item;
    const text = textOf(item.text, longest);
    if (isNote(text)) return [{ entry: { kind: "note", text, at }, items: [item] }];
    if (text.trim() === "") {
      dropped.add("condensed histories", `${agent} keeps them sealed`);
      return [];
    }
    changed.add("condensed histories", `${agent} kept them in the place of what came before`);
    const said = `[What ${agent} kept in the place of everything before:]\n${text}`;
    return [{ entry: { kind: "assistant", text: said, at }, items: [item] }];
  };

  return {
    /** The entries that are complete with this item. */
    add(item: TranscriptItem): readonly Made[] {
      if (item.kind === "edit") {
        if (open !== null && item.tool === open.use.id) {
          open.edits.push(item);
          return [];
        }
        const entry = {
          kind: "edit",
          edits: [editOf(item)],
          output: "",
          outcome: "ok",
          at: item.at,
        } as const;
        return [...closed(), { entry, items: [item] }];
      }
      const before = closed();
      switch (item.kind) {
        case "tool":
          open = { use: item, edits: [] };
          return before;
        case "plan":
          return [...before, { entry: item, items: [item] }];
        case "condensed":
          return [...before, ...condensed(item)];
        case "user":
          return [...before, ...saidBy(item)];
        case "assistant": {
          const text = textOf(item.text, longest);
          return [...before, { entry: { kind: "assistant", text, at: item.at }, items: [item] }];
        }
      }
    },
    /** What is still open at the end. */
    end: closed,
  };
}
