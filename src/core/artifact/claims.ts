import type { FileChange } from "../../contracts/task.ts";
import { sectionNamed, type Section } from "./sections.ts";

/** Where an agent's report and the files differ. */
export interface Differences {
  /** Changed, and nowhere in the report. */
  readonly unnamed: readonly string[];
  /** Listed as changed, and not among the changes. */
  readonly unchanged: readonly string[];
}

export interface Report {
  readonly text: string;
  readonly sections: readonly Section[];
  /** The file that the report stands in: that it was written goes without saying. */
  readonly path: string;
}

/** Compares what a report says of changed files with the changes; paths are relative to one directory. */
export function differencesOf({ text, sections, path }: Report, changes: readonly FileChange[]): Differences {
  const own = plainPath(path);
  const changed = changes.map((change) => plainPath(change.path)).filter((file) => file !== own);
  const listed = listedFiles(sectionNamed(sections, "Changes") ?? "").filter((file) => file !== own);
  const said = text.replaceAll("\\", "/");
  return {
    unnamed: changed.filter((file) => !said.includes(file) && !listed.some((name) => covers(name, file))),
    unchanged: listed.filter((name) => !changed.some((file) => covers(name, file))),
  };
}

/** A file names itself, a folder what is in it, and the end of a path the file that it is the end of. */
function covers(name: string, file: string): boolean {
  const folder = name.endsWith("/") ? name : `${name}/`;
  return name === file || file.startsWith(folder) || file.endsWith(`/${name}`);
}

/** What of a list is looked at: longer ones are no lists that somebody has written. */
const LONGEST = 2_000;
const MOST_LINES = 2_000;

/** The files that the items of a list begin with: in backticks, as a link, or as they stand. */
function listedFiles(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.length <= LONGEST);
  const items = lines
    .slice(0, MOST_LINES)
    .flatMap((line) => /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(items.flatMap((item) => fileIn(item) ?? []))];
}

function fileIn(item: string): string | null {
  const marked = /`([^`]+)`|\[([^\]]+)\]\(/.exec(item);
  const word = marked?.[1] ?? marked?.[2] ?? item.replaceAll(/[*_]{2}/g, "").split(/\s+/)[0] ?? "";
  const file = plainPath(word.trim().replace(/[:,;]+$/, ""));
  return isPath(file) ? file : null;
}

/** Whether a word looks like the path of a file; what is said beside it is no business of ours. */
function isPath(word: string): boolean {
  if (/[\s()<>{}="'$|;&]/.test(word)) return false;
  return word.includes("/") || /[\w-]\.\w{1,8}$/.test(word);
}

function plainPath(file: string): string {
  return file.replaceAll("\\", "/").replace(/^\.\//, "");
}
