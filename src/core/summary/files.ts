import { quotable, quotableLine, wholeStart } from "../context/quotable.ts";
import type { FileEdit } from "../transcript.ts";

/** What the agent's edits have made of a file. */
export interface ChangedFile {
  /** As the agent has named it. */
  readonly path: string;
  readonly change: "added" | "updated" | "deleted" | "added and deleted again";
  readonly edits: number;
  /** Lines that its edits added and removed, all together; null where not every diff is known whole. */
  readonly lines: { readonly added: number; readonly removed: number } | null;
  /** A line that tells what it is about, quotable; null where there is none. */
  readonly about: string | null;
}

const KEPT = 400;
const ABOUT = 90;
const DIFF_READ = 200_000;
const ADDED_READ = 8_000;
/** Lines that say little of the file that they are in. */
const IMPORT = /^\s*(?:import|from|require|use|using|package|include|#\s?include|"use strict"|["'`]use )\b/;
/** Files that hold little else than secrets: nothing of them is shown. */
const SECRET_FILE =
  /(?:^|[\\/])(?:\.env(?:\.[^\\/]*)?|[^\\/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx)|id_[a-z0-9]+|[^\\/]*credentials[^\\/]*|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.htpasswd)$/i;
/** Lines that name what they begin, in most languages. */
const DECLARATION =
  /^\s*(?:export\s|pub(?:lic)?\b|private\s|protected\s|static\s|async\s|(?:function|class|interface|type|enum|struct|impl|trait|fn|func|def|module|package|describe|it|test)\b|(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:function\b|\()|#{1,4}\s\S)/;

/** Keeps what was changed, the latest edit last. */
export function createFiles() {
  const known = new Map<string, ChangedFile>();
  let beyond = 0;
  return {
    add(edit: FileEdit): void {
      const before = known.get(edit.path);
      known.delete(edit.path);
      known.set(edit.path, before === undefined ? firstOf(edit) : withEdit(before, edit));
      const [oldest] = known.keys();
      if (known.size <= KEPT || oldest === undefined) return;
      known.delete(oldest);
      beyond += 1;
    },
    /** Latest first. */
    facts: (): { readonly files: readonly ChangedFile[]; readonly beyond: number } => ({
      files: [...known.values()].toReversed(),
      beyond,
    }),
  };
}

const FIRST = { add: "added", update: "updated", delete: "deleted" } as const;

function firstOf(edit: FileEdit): ChangedFile {
  const { lines, about } = readDiff(edit);
  return { path: edit.path, change: FIRST[edit.change], edits: 1, lines, about };
}

function withEdit(before: ChangedFile, edit: FileEdit): ChangedFile {
  const { lines, about } = readDiff(edit);
  return {
    path: before.path,
    change: changeAfter(before.change, edit.change),
    edits: before.edits + 1,
    lines:
      before.lines === null || lines === null
        ? null
        : { added: before.lines.added + lines.added, removed: before.lines.removed + lines.removed },
    about: before.change === "added" ? (before.about ?? about) : (about ?? before.about),
  };
}

function changeAfter(before: ChangedFile["change"], change: FileEdit["change"]): ChangedFile["change"] {
  if (change === "delete") return before === "added" ? "added and deleted again" : "deleted";
  if (before === "deleted") return change === "add" ? "updated" : before;
  return before === "added and deleted again" ? "added" : before;
}

function readDiff({ diff, path }: FileEdit): Pick<ChangedFile, "lines" | "about"> {
  if (diff === null) return { lines: null, about: null };
  const lines = diff.text.slice(0, DIFF_READ).split("\n");
  const added = lines.filter((line) => /^\+(?!\+\+ )/.test(line)).map((line) => line.slice(1));
  const removed = lines.filter((line) => /^-(?!-- )/.test(line));
  const isWhole = diff.missing === 0 && diff.text.length <= DIFF_READ;
  return {
    lines: isWhole ? { added: added.length, removed: removed.length } : null,
    about: SECRET_FILE.test(path) ? null : aboutOf(added, lines),
  };
}

/** A declaration among what was added, else what its place belongs to, else the first line with words in it. */
function aboutOf(added: readonly string[], diff: readonly string[]): string | null {
  const place = diff.map((line) => /^@@ .* @@ (.*\S)/.exec(line)?.[1]).find((it) => it !== undefined);
  // A secret can go over several lines, so it is taken out before one of them is chosen.
  const clean = quotable(wholeStart(added.join("\n"), ADDED_READ)).split("\n");
  const words = clean.find((line) => /\p{L}{3}/u.test(line) && !/\S{33}/.test(line) && !IMPORT.test(line));
  const found = clean.find((line) => DECLARATION.test(line)) ?? place ?? words;
  return found === undefined ? null : quotableLine(found, ABOUT);
}

/** A path below a folder without the folder; any other as it is. */
export function relativeTo(folder: string | null, path: string): string {
  const plain = path.replaceAll("\\", "/");
  const base = folder?.replaceAll("\\", "/").replace(/\/+$/, "");
  return base !== undefined && plain.startsWith(`${base}/`) ? plain.slice(base.length + 1) : path;
}
