import { quotedName } from "../attached.ts";
import type { ArtifactTerms } from "./terms.ts";

/** A file that a task has to go by. */
export interface ReadFirst {
  readonly name: string;
  readonly sha256: string;
}

const OPENING = "<artifacts>";
const CLOSING = "</artifacts>";

/** The prompt, followed by which files are its terms and which one is to come of it; as it stands without any. */
export function withOrder(prompt: string, reads: readonly ReadFirst[], writes: ArtifactTerms | null): string {
  if (reads.length === 0 && writes === null) return prompt;
  const lines = [
    ...(reads.length === 0 ? [] : [readLines(reads)]),
    ...(writes === null ? [] : [orderOf(writes)]),
  ];
  return [prompt, "", OPENING, ...lines, CLOSING].join("\n");
}

function readLines(reads: readonly ReadFirst[]): string {
  const files = reads.map(({ name, sha256 }) => `- ${quotedName(name)} (sha256 ${sha256})`);
  return [
    "Read these files whole before you begin, and go by what they say, as far as it is about the request above:",
    ...files,
  ].join("\n");
}

/** What each of the usual sections is for. */
const MEANING: Readonly<Record<string, string>> = {
  summary: "what was done, and what is left open",
  changes: "a list item for each file that you changed, which begins with its path in backticks",
  deviations: 'each point in which you did something else than was asked for or planned, and why; or "None"',
};

function orderOf({ path, sections, by }: ArtifactTerms): string {
  const name = quotedName(path);
  const what =
    by === "agent"
      ? `Before you end, write the file ${name} in the directory that you work in. Whoever goes on from here reads that file: it has to say everything that they need. A file of that name that is there already is an old one, to be replaced.`
      : `Your answer becomes the file ${name}, which whoever goes on from here reads: give the whole text of it as your final answer, with nothing before or after it. Do not write the file yourself.`;
  return [what, ...sectionLines(sections)].join("\n");
}

function sectionLines(sections: readonly string[]): readonly string[] {
  if (sections.length === 0) return [];
  const items = sections.map((section) => {
    const meaning = MEANING[section.toLowerCase()];
    return `- ${section}${meaning === undefined ? "" : `: ${meaning}`}`;
  });
  return [
    "It is Markdown and has these sections, each below a heading of that name and none of them empty:",
    ...items,
  ];
}

/** What an agent is told when the artifact is not as it was asked for. */
export function reminderOf({ path, sections, by }: ArtifactTerms, fault: string): string {
  const name = quotedName(path);
  const what =
    by === "agent"
      ? `One thing is missing before you are done: ${fault}. Write the file ${name} in the directory that you work in now, whole. If you cannot, say why.`
      : `Your answer was to be the whole text of ${name}, and it is not that yet: ${fault}. Give the whole of it now as your answer, with nothing before or after it.`;
  return [what, ...sectionLines(sections)].join("\n");
}
