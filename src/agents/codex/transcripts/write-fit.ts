import type { HistoryEntry } from "../../../core/history/entry.ts";
import type { Fit } from "../../../core/history/fitting.ts";
import { outcomeIn } from "./calls.ts";

/** How Codex 0.169.0 begins the output of a call that did not go well. */
const BEGINNINGS = { failed: "tool call error: ", denied: "rejected by user: " } as const;

/**
 * A call of any other tool says by its words alone how it has ended, and one call changes a file once.
 */
export const codexFit: Fit = (entry) => {
  if (entry.kind === "edit") return oneChangeEach(entry);
  if (entry.kind !== "tool" || entry.outcome === "ok") return [entry];
  const isSaid = outcomeIn(entry.output).outcome === entry.outcome;
  return [isSaid ? entry : { ...entry, output: `${BEGINNINGS[entry.outcome]}${entry.output}` }];
};

function oneChangeEach(entry: Extract<HistoryEntry, { kind: "edit" }>): readonly HistoryEntry[] {
  const paths = new Set(entry.edits.map(({ path }) => path));
  if (paths.size === entry.edits.length) return [entry];
  return entry.edits.map((edit) => ({ ...entry, edits: [edit] }));
}
