import { BatonError } from "../../contracts/error.ts";
import type { Git } from "./git.ts";
import { untrackedFile } from "./untracked.ts";

/** One file of a change. */
export interface ChangedFile {
  readonly name: string;
  /** As `git diff` writes it; a binary file is only named there. */
  readonly patch: string;
}

/** What is to be reviewed. */
export interface Changes {
  /** In words, to go on from "the changes". */
  readonly what: string;
  readonly files: readonly ChangedFile[];
  /** There was more than anybody would read. */
  readonly isCut: boolean;
}

/** What git starts by itself is kept away by flags too; a submodule is not looked into, as it has a configuration of its own. */
const DIFF = [
  "diff",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--no-relative",
  "--find-renames",
  "--submodule=short",
  "--ignore-submodules=dirty",
  "--src-prefix=a/",
  "--dst-prefix=b/",
];
/** The most bytes of a diff that are read, and of a file that is not in git yet. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_OF_A_FILE = 256 * 1024;
/** Further new files are named and not read. */
const MOST_NEW_FILES = 500;

/**
 * What has changed in the working tree since the last commit, new files included.
 * @throws BatonError `invalid_argument` when git cannot tell
 */
export async function workingTree(git: Git): Promise<Changes> {
  const head = await commitOf(git, "HEAD");
  const tracked = await diff(git, [head ?? (await emptyTree(git))]);
  const listed = await git.ask(["ls-files", "--others", "--exclude-standard", "-z"], MOST_BYTES);
  const names = listed.stdout.split("\0").filter((name) => name !== "");
  const files = await Promise.all(
    names.slice(0, MOST_NEW_FILES).map((name) => untrackedFile(git.top, name, MOST_OF_A_FILE)),
  );
  const unread = names.slice(MOST_NEW_FILES).map((name) => ({ name, patch: "" }));
  return {
    what: head === null ? "in a repository without a commit" : "in the working tree since the last commit",
    files: [...tracked.files, ...files, ...unread],
    isCut: tracked.isCut || listed.isCut,
  };
}

/**
 * What the commits of the current branch have changed since it left its base; `base` null takes the default branch.
 * @throws BatonError `invalid_argument` when there is no such branch, no commit, or no default branch
 */
export async function branch(git: Git, base: string | null): Promise<Changes> {
  const from = base === null ? await defaultBranch(git) : { name: base, commit: await commitOf(git, base) };
  if (from === null) {
    throw new BatonError("invalid_argument", "the default branch of this repository cannot be told", {
      hint: "Name the base: baton review --base main.",
    });
  }
  const head = await commitOf(git, "HEAD");
  if (from.commit === null || head === null) {
    const name = from.commit === null ? from.name : "HEAD";
    throw new BatonError("invalid_argument", `${JSON.stringify(name)} names no commit of this repository`, {
      hint: "Give a branch, a tag or a commit: baton review --base main.",
    });
  }
  const { code, stdout } = await git.ask(["merge-base", from.commit, head]);
  const start = code === 0 ? stdout.trim() : from.commit;
  return { what: `of the current branch since it left ${from.name}`, ...(await diff(git, [start, head])) };
}

interface Named {
  readonly name: string;
  readonly commit: string | null;
}

/** What the remote calls its default, else `main` or `master`. */
async function defaultBranch(git: Git): Promise<Named | null> {
  const { code, stdout } = await git.ask(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]);
  const told = code === 0 ? [stdout.trim()] : [];
  for (const name of [...told, "origin/main", "origin/master", "main", "master"]) {
    const commit = await commitOf(git, name);
    if (commit !== null) return { name, commit };
  }
  return null;
}

async function commitOf(git: Git, name: string): Promise<string | null> {
  const { code, stdout } = await git.ask([
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${name}^{commit}`,
  ]);
  return code === 0 ? stdout.trim() : null;
}

/** The tree without files, in the hash of this repository. */
async function emptyTree(git: Git): Promise<string> {
  const { stdout } = await git.ask(["hash-object", "-t", "tree", "--stdin"]);
  return stdout.trim();
}

async function diff(git: Git, commits: readonly string[]): Promise<Omit<Changes, "what">> {
  const { code, stdout, stderr, isCut } = await git.ask([...DIFF, ...commits, "--"], MOST_BYTES);
  if (code !== 0 && !isCut) {
    throw new BatonError("invalid_argument", `git cannot tell what has changed: ${stderr.trim()}`);
  }
  // Within a patch every line begins with a space, a sign or a backslash.
  const patches = stdout
    .split(/^(?=diff --(?:git|cc|combined) )/m)
    .filter((patch) => patch.startsWith("diff --"));
  return { files: patches.map((patch) => ({ name: nameIn(patch), patch })), isCut };
}

function nameIn(patch: string): string {
  const [first = ""] = patch.split("\n", 1);
  return /^diff --git "?a\/(?:.*)"? "?b\/(.*?)"?$/.exec(first)?.[1] ?? first.replace(/^diff --\w+ /, "");
}
