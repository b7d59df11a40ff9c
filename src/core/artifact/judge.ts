import { missingSections, sectionsOf, type Section } from "./sections.ts";
import type { ArtifactTerms } from "./terms.ts";

/** What lies at the place of an artifact. */
export type Found =
  | { readonly kind: "absent" }
  /** Something that is no artifact, and why. */
  | { readonly kind: "unfit"; readonly why: string }
  | { readonly kind: "file"; readonly sha256: string; readonly content: Uint8Array };

/** An artifact that a task has written, with what it lacks. */
export interface Judged {
  /** A sentence without its full stop; null: it is as it was asked for. */
  readonly fault: string | null;
  /** What there is of this task's making; null: nothing. */
  readonly written: Written | null;
}

export interface Written {
  readonly sha256: string;
  /** Null: it is no text. */
  readonly text: string | null;
  readonly sections: readonly Section[];
}

/**
 * Judges what a task has left at the place of its artifact.
 * @param before what lay there when the task began, by its hash; null: nothing that could be one
 */
export function judge(terms: ArtifactTerms, before: string | null, found: Found): Judged {
  const { path } = terms;
  if (found.kind === "absent") return { fault: `there is no file ${path}`, written: null };
  if (found.kind === "unfit") return { fault: `${path} ${found.why}`, written: null };
  if (found.sha256 === before) {
    return { fault: `${path} is as it was before the task, which has not changed it`, written: null };
  }
  const text = textOf(found.content);
  const written: Written = { sha256: found.sha256, text, sections: text === null ? [] : sectionsOf(text) };
  return { fault: faultOf(terms, written), written };
}

/** The same for a text that an agent has answered with. */
export function judgeText(terms: ArtifactTerms, sha256: string, text: string): Judged {
  const written = { sha256, text, sections: sectionsOf(text) };
  if (text.trim() === "") return { fault: "the answer is empty", written: null };
  return { fault: faultOf(terms, written), written };
}

function faultOf({ path, sections: asked }: ArtifactTerms, { text, sections }: Written): string | null {
  if (text?.trim() === "") return `${path} is empty`;
  if (asked.length === 0) return null;
  if (text === null) return `${path} is no text, and has none of the sections asked for`;
  const missing = missingSections(sections, asked);
  if (missing.length === 0) return null;
  const which = missing.map((name) => JSON.stringify(name)).join(", ");
  const there = sections.map(({ title }) => title).filter((title) => title !== "");
  const has = there.length === 0 ? "it has no sections" : `it has: ${there.slice(0, MOST_TITLES).join(", ")}`;
  return `${path} has no section ${which}, or nothing stands in it (${has})`;
}

/** How many headings an error names. */
const MOST_TITLES = 12;

function textOf(content: Uint8Array): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return null;
  }
}
