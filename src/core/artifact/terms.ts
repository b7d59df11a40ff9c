import { USUAL_SECTIONS, type Writes } from "../../contracts/artifact.ts";

/** What a task is to write, with everything settled. */
export interface ArtifactTerms {
  /** Relative to the task's directory. */
  readonly path: string;
  readonly sections: readonly string[];
  readonly by: Writes["by"];
}

const MARKDOWN = /\.(?:md|markdown|mdx)$/i;

/** The sections that are asked for: those that were named, else the usual ones of a Markdown file. */
export function sectionsFor({ path: file, sections }: Pick<Writes, "path" | "sections">): readonly string[] {
  if (sections !== null) return [...new Set(sections)];
  return MARKDOWN.test(file) ? USUAL_SECTIONS : [];
}
