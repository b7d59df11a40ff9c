import { spawn } from "node:child_process";
import { once } from "node:events";
import { BatonError } from "../../contracts/error.ts";
import { realDirectory, scopeOf } from "../../hub/scope.ts";
import { findExecutable } from "../../process/executable.ts";
import { gitThatOnlyLooks } from "../../process/git-programs.ts";

/** What git has said; `isCut` where it would have said more than it was to. */
export interface GitOutput {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isCut: boolean;
}

/** Asks git about one repository, and keeps it from starting anything that the repository configures. */
export interface Git {
  /** The folder of the working tree. */
  readonly top: string;
  /** @param limit how many bytes of output are wanted at most */
  ask(args: readonly string[], limit?: number): Promise<GitOutput>;
}

const LIMIT_MS = 60_000;
const USUAL_OUTPUT = 1024 * 1024;
const STDERR_KEPT = 4 * 1024;

/**
 * Opens the repository of a directory.
 * @throws BatonError `invalid_argument` where there is no git, or no working tree of one
 */
export async function openGit(cwd: string, env: Readonly<Record<string, string | undefined>>): Promise<Git> {
  const own = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
  const program = await findExecutable("git", own);
  if (program === null) throw new BatonError("invalid_argument", "there is no git on the PATH");
  // A partial clone would fetch what it has not, over whatever program the repository names.
  const still = { GIT_TERMINAL_PROMPT: "0", GIT_ALLOW_PROTOCOL: "none", GIT_NO_LAZY_FETCH: "1", LC_ALL: "C" };
  const childEnv = { ...own, ...(await gitThatOnlyLooks(own, cwd)), ...still };
  const askIn =
    (folder: string): Git["ask"] =>
    (args, limit = USUAL_OUTPUT) =>
      run([program, "--no-pager", "--literal-pathspecs", ...args], { cwd: folder, env: childEnv }, limit);
  const { code, stdout, stderr } = await askIn(cwd)(["rev-parse", "--show-toplevel"]);
  const top = stdout.replace(/\r?\n$/, "");
  if (code !== 0 || top === "") {
    const why = stderr.trim().split("\n")[0] ?? "";
    throw new BatonError("invalid_argument", `${cwd} is in no git repository that has files (${why})`, {
      hint: 'Go to the repository, or pipe the text in: git diff | baton ask codex "review this".',
    });
  }
  const [here, tree] = await Promise.all([realDirectory(cwd).then(scopeOf), realDirectory(top)]);
  if (here === tree) return { top, ask: askIn(top) };
  // A repository must not have the files of other folders shown to anybody.
  throw new BatonError("invalid_argument", `the repository of ${cwd} has its files elsewhere, in ${top}`, {
    hint: "Pipe the changes in: git diff | baton review.",
  });
}

interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function run(
  [program = "git", ...args]: readonly string[],
  place: Place,
  limit: number,
): Promise<GitOutput> {
  const child = spawn(program, args, {
    ...place,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    timeout: LIMIT_MS,
  });
  const chunks: Buffer[] = [];
  let length = 0;
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (length < limit) chunks.push(chunk.subarray(0, limit - length));
    length += chunk.length;
    if (length > limit) child.kill();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, STDERR_KEPT);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: Buffer.concat(chunks).toString("utf8"), stderr, isCut: length > limit };
}
