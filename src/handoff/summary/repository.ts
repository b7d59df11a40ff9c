import { parseCommits, parseNumstat, parseStatus, seenFrom } from "../../core/summary/git-output.ts";
import type { RepositoryFacts } from "../../core/summary/repository-facts.ts";
import type { AskGit } from "./git.ts";

const FILES_KEPT = 300;
const COMMITS_KEPT = 20;
/** The tree without files: what there was before the first commit. */
const NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * What git says of a directory; null where it is in no repository with a working tree.
 * @param begun when the conversation began, ISO 8601; null where that is not known
 */
export async function repositoryFacts(git: AskGit, begun: string | null): Promise<RepositoryFacts | null> {
  const [status, prefix, head] = await Promise.all([
    git([
      "status",
      "--porcelain=v2",
      "--branch",
      "-z",
      "--untracked-files=normal",
      "--ignore-submodules=dirty",
    ]),
    git(["rev-parse", "--show-prefix"]),
    git(["log", "-1", "-z", "--format=%h%x09%s"]),
  ]);
  if (status === null || prefix === null) return null;
  const from = prefix.replace(/\r?\n$/, "");
  const { branch, upstream, files } = parseStatus(status);
  const [commit = null] = parseCommits(head ?? "");
  return {
    branch,
    commit,
    upstream,
    uncommitted: files.slice(0, FILES_KEPT).map(({ path, state }) => ({ path: seenFrom(from, path), state })),
    uncommittedBeyond: Math.max(0, files.length - FILES_KEPT),
    since: begun === null || commit === null ? null : await changesSince(git, begun, from),
  };
}

async function changesSince(git: AskGit, begun: string, from: string): Promise<RepositoryFacts["since"]> {
  const found = await git(["rev-list", "-1", `--before=${begun}`, "HEAD"]);
  if (found === null) return null;
  const base = found.trim() === "" ? NOTHING : found.trim();
  const commits = base === NOTHING ? "HEAD" : `${base}..HEAD`;
  const [stat, log, count] = await Promise.all([
    git([
      "diff",
      "--numstat",
      "--no-renames",
      "--no-ext-diff",
      "--no-textconv",
      "--ignore-submodules=dirty",
      "-z",
      base,
    ]),
    git(["log", "-z", "--format=%h%x09%s", `--max-count=${COMMITS_KEPT}`, commits]),
    git(["rev-list", "--count", commits]),
  ]);
  if (stat === null || log === null || count === null) return null;
  const files = parseNumstat(stat);
  const sum = (which: "added" | "removed") => files.reduce((total, file) => total + (file[which] ?? 0), 0);
  const known = parseCommits(log);
  return {
    commits: known,
    commitsBeyond: Math.max(0, Number(count) - known.length),
    files: files.slice(0, FILES_KEPT).map((file) => ({ ...file, path: seenFrom(from, file.path) })),
    filesBeyond: Math.max(0, files.length - FILES_KEPT),
    added: sum("added"),
    removed: sum("removed"),
  };
}
