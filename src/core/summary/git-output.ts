import type { Commit, FileStat, RepositoryFacts, Uncommitted } from "./repository-facts.ts";

/** What `git status --porcelain=v2 --branch -z` says (git 2.43.0). Paths are relative to the root. */
export interface Status {
  readonly branch: string | null;
  readonly upstream: RepositoryFacts["upstream"];
  readonly files: readonly Uncommitted[];
}

export function parseStatus(output: string): Status {
  const records = output.split("\0");
  const files: Uncommitted[] = [];
  const headers = new Map<string, string>();
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] ?? "";
    const header = /^# (\S+) (.*)$/s.exec(record);
    if (header !== null) headers.set(header[1] ?? "", header[2] ?? "");
    else {
      const file = fileIn(record);
      if (file !== null) files.push(file);
    }
    // A renamed file is followed by the name that it had.
    if (record.startsWith("2 ")) index += 1;
  }
  const branch = headers.get("branch.head") ?? null;
  return { branch: branch === "(detached)" ? null : branch, upstream: upstreamIn(headers), files };
}

/** How many fields stand before the path of a record, by its kind. */
const FIELDS: Readonly<Record<string, number>> = { "1": 8, "2": 9, u: 10, "?": 1 };

function fileIn(record: string): Uncommitted | null {
  const [kind = "", changes = ""] = record.split(" ", 2);
  const before = FIELDS[kind];
  if (before === undefined) return null;
  const path = record.split(" ").slice(before).join(" ");
  if (kind === "?") return { path, state: "untracked" };
  if (kind === "u") return { path, state: "in conflict" };
  const [staged, changed] = [changes[0] !== ".", changes[1] !== "."];
  return { path, state: staged && changed ? "staged and changed" : staged ? "staged" : "changed" };
}

function upstreamIn(headers: ReadonlyMap<string, string>): RepositoryFacts["upstream"] {
  const name = headers.get("branch.upstream");
  const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(headers.get("branch.ab") ?? "") ?? [];
  return name === undefined || ahead === undefined
    ? null
    : { name, ahead: Number(ahead), behind: Number(behind) };
}

/** What `git diff --numstat --no-renames -z` says. */
export function parseNumstat(output: string): readonly FileStat[] {
  return output.split("\0").flatMap((record) => {
    const [, added = "-", removed = "-", path = ""] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(record) ?? [];
    if (path === "") return [];
    const count = (text: string) => (text === "-" ? null : Number(text));
    return [{ path, added: count(added), removed: count(removed) }];
  });
}

/** What `git log -z --format=%h%x09%s` says. */
export function parseCommits(output: string): readonly Commit[] {
  return output.split("\0").flatMap((record) => {
    const [, id = "", subject = ""] = /^([0-9a-f]+)\t(.*)$/s.exec(record.replace(/^\n/, "")) ?? [];
    return id === "" ? [] : [{ id, subject }];
  });
}

/** A path from the root of a repository as it is seen from a folder in it (`a/b/`, or nothing for the root). */
export function seenFrom(prefix: string, path: string): string {
  const folders = prefix.split("/").filter((name) => name !== "");
  const names = path.split("/");
  const shared = folders.findIndex((name, index) => name !== names[index]);
  const common = Math.min(shared === -1 ? folders.length : shared, names.length - 1);
  return [...folders.slice(common).map(() => ".."), ...names.slice(common)].join("/");
}
