import { realpath } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import { gitIn, GitError, lineOf, type Git } from "../../process/git/git.ts";
import { scopeOf } from "../scope.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** A working tree and where git keeps what belongs to it; absolute paths without links. */
export interface Checkout {
  readonly git: Git;
  /** The top of the working tree. */
  readonly top: string;
  /** Its own index and HEAD are in here. */
  readonly gitDir: string;
  /** What all working trees of the repository share: objects, branches. */
  readonly commonDir: string;
}

const NEEDED = [2, 38] as const;

/**
 * The working tree that a directory lies in.
 * @throws BatonError `invalid_argument` where there is none that a worktree could be made from
 */
export async function checkoutAt(env: Variables, directory: string): Promise<Checkout> {
  if (/[\r\n]/.test(directory)) throw refused(`the path ${JSON.stringify(directory)} has a line break in it`);
  const git = await gitIn({ env, cwd: directory }).catch((error: unknown) => {
    throw unusable(error, directory);
  });
  const places = ["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"];
  const found = await git.attempt(places);
  if (found.code !== 0) throw unusable(new GitError(places, found.stderr), directory);
  const [top = "", gitDir = "", common = ""] = lineOf(found.stdout).split(/\r?\n/);
  const real = async (place: string) => realpath(place).catch(() => "");
  const [realTop, realGitDir, commonDir] = await Promise.all([
    real(top),
    real(gitDir),
    real(path.resolve(directory, common)),
  ]);
  // `core.worktree` can put the working tree anywhere.
  if (realTop !== (await scopeOf(directory)) || realGitDir === "" || commonDir === "") {
    throw refused(`the repository at ${directory} keeps its working tree in another place`);
  }
  await assertVersion(git);
  return { git: await gitIn({ env, cwd: realTop }), top: realTop, gitDir: realGitDir, commonDir };
}

/**
 * A worktree of ours, by the places that were written down when it was made: what the agent does to the file `.git` in it
 * leads nowhere.
 */
export async function ownCheckout(
  env: Variables,
  {
    path: top,
    gitDir,
    commonDir,
  }: { readonly path: string; readonly gitDir: string; readonly commonDir: string },
): Promise<Checkout> {
  const variables = { GIT_DIR: gitDir, GIT_WORK_TREE: top };
  return { git: await gitIn({ env, cwd: top, variables }), top, gitDir, commonDir };
}

/**
 * The commit that is checked out.
 * @throws BatonError `invalid_argument` in a repository without one
 */
export async function headOf({ git, top }: Checkout): Promise<string> {
  const head = await git.attempt(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head.code === 0) return lineOf(head.stdout);
  throw refused(`the repository ${top} has no commit yet, which a worktree could begin from`, {
    hint: "Commit something first, or leave out the isolation.",
  });
}

async function assertVersion(git: Git): Promise<void> {
  const version = lineOf(await git.run(["--version"]));
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  throw refused(`worktrees need git ${NEEDED.join(".")} or later; this is ${version}`, {
    hint: "Update git.",
  });
}

function unusable(error: unknown, directory: string): BatonError {
  const said = error instanceof GitError ? error.stderr || error.message : String(error);
  if (/must be run in a work tree|cannot use bare repository/.test(said)) {
    return refused(`${directory} is a bare repository, which has no files to work on`);
  }
  if (/not a git repository/i.test(said)) {
    return refused(`${directory} is in no git repository, which a worktree could be made of`);
  }
  return refused(`git cannot use ${directory}: ${said.trim()}`);
}

const OTHERWISE = "Leave out the isolation to work in the directory itself.";

function refused(message: string, { hint = OTHERWISE }: { readonly hint?: string } = {}): BatonError {
  return new BatonError("invalid_argument", message, { hint });
}
