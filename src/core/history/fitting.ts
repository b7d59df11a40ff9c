import type { HistoryEntry } from "./entry.ts";
import type { LossCount } from "./losses.ts";

/** What becomes of an entry in one agent's form: what it takes as it is, or others that it can hold. */
export type Fit = (entry: HistoryEntry, changed: LossCount) => readonly HistoryEntry[];

/** Each edit by itself, for agents whose tools change one file at a time; a removal becomes a call that tells of it. */
export const oneEditAtATime: Fit = (entry, changed) => {
  if (entry.kind !== "edit") return [entry];
  const { at, output } = entry;
  return entry.edits.map((edit): HistoryEntry => {
    const { path, change, diff } = edit;
    if (change !== "delete") return { ...entry, edits: [edit] };
    changed.add("removals of files", "it has no tool that removes files");
    return {
      kind: "tool",
      name: "delete_file",
      input: { file_path: path, ...(diff === null ? {} : { diff }) },
      output,
      outcome: "ok",
      at,
    };
  });
};

/** The arguments of a call as every API takes them: an object. */
export function argumentsOf(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return { ...input };
  return input === null || input === undefined ? {} : { input };
}

/** A tool's name as every API takes it. */
export function callName(name: string): string {
  const plain = name.replaceAll(/[^\w-]/g, "_").slice(0, 64);
  return plain === "" ? "tool" : plain;
}
