import { execFile, type ExecFileException } from "node:child_process";
import { BASE_VARIABLES, pickEnvironment } from "../environment.ts";
import { findExecutable } from "../executable.ts";
import { ALWAYS, asVariables, LIST_SETTINGS, overridesFor, repositoryNames } from "./overrides.ts";

/** How long one git command may take when nothing else is said, in milliseconds. */
const LIMIT_MS = 120_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** Where and as whom git runs. */
export interface GitPlace {
  /** The base of a child's environment is taken from it; `HOME` finds the user's own configuration. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Variables of git itself, such as `GIT_DIR`. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface GitRun {
  readonly input?: string;
  readonly limitMs?: number;
  readonly maxBytes?: number;
  /** Variables of git itself for this command. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface GitOutcome {
  readonly code: number;
  /** Byte for byte (latin1): a file's name need not be UTF-8. `textOf` decodes it. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A git command that failed, or did not end in time. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly stderr: string;

  constructor(args: readonly string[], stderr: string, cause: Error | string = "it failed") {
    const said = stderr.trim() === "" ? String(cause) : stderr.trim();
    super(`git ${args[0] ?? ""}: ${said}`, { cause });
    this.stderr = stderr;
  }
}

export interface Git {
  readonly cwd: string;
  /** @throws GitError unless it ends with 0 */
  run(args: readonly string[], options?: GitRun): Promise<string>;
  /** The same with whatever exit code. @throws GitError when it cannot be started or takes too long */
  attempt(args: readonly string[], options?: GitRun): Promise<GitOutcome>;
}

/** What holds for every git that Baton runs: no question, no network, no index of the user's refreshed. */
const VARIABLES = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_LITERAL_PATHSPECS: "1",
  // What a partial clone lacks would be fetched by programs that the repository names.
  GIT_ALLOW_PROTOCOL: "",
  GIT_NO_LAZY_FETCH: "1",
  LC_ALL: "C",
};

/** Settings of the user's that would make a command do more than it is asked for, or write elsewhere. */
const PLAIN = [
  ["submodule.recurse", "false"],
  ["core.splitIndex", "false"],
  ["core.untrackedCache", "false"],
  ["core.quotePath", "false"],
] as const;

/**
 * Runs git as a program, never through a shell. It starts nothing that the repository's own configuration names (hooks,
 * monitors, filters, drivers); the user's own (`~/.gitconfig`, Git LFS in it) stays in force.
 * @throws GitError when there is no git
 */
export async function gitIn({ env, cwd, variables = {} }: GitPlace): Promise<Git> {
  const base = { ...pickEnvironment(env, BASE_VARIABLES), ...VARIABLES, ...variables };
  const program = await findExecutable("git", base);
  if (program === null) throw new GitError(["--version"], "there is no git on the PATH");
  const always = [...ALWAYS, ...PLAIN];
  const plain = { ...base, ...asVariables(always) };
  const listed = await execute(program, LIST_SETTINGS, { cwd, env: plain });
  const overrides = listed.code === 0 ? overridesFor(repositoryNames(listed.stdout)) : [];
  const guarded = { ...base, ...asVariables([...always, ...overrides]) };
  const attempt: Git["attempt"] = async (args, { variables: more = {}, ...options } = {}) =>
    execute(program, args, { ...options, cwd, env: { ...guarded, ...more } });
  return {
    cwd,
    attempt,
    run: async (args, options) => {
      const { code, stdout, stderr } = await attempt(args, options);
      if (code !== 0) throw new GitError(args, stderr, `exit ${code}`);
      return stdout;
    },
  };
}

interface Execution extends Omit<GitRun, "variables"> {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function execute(program: string, args: readonly string[], options: Execution): Promise<GitOutcome> {
  const { cwd, env, input, limitMs = LIMIT_MS, maxBytes = MAX_BYTES } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      cwd,
      env: { ...env },
      timeout: limitMs,
      maxBuffer: maxBytes,
      encoding: "latin1" as const,
      windowsHide: true,
    };
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      const text = Buffer.from(stderr, "latin1").toString("utf8");
      const code = exitOf(error);
      if (code === null) reject(new GitError(args, error?.killed === true ? TOO_LONG : text, error ?? ""));
      else resolve({ code, stdout, stderr: text });
    });
    // A git that ends early closes the pipe under us; its exit tells the story.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(Buffer.from(input ?? "", "latin1"));
  });
}

const TOO_LONG = "it took too long, or said too much";

function exitOf(error: ExecFileException | null): number | null {
  if (error === null) return 0;
  const { code, killed } = error;
  return typeof code === "number" && killed !== true ? code : null;
}

/** What git says as text. */
export function textOf(stdout: string): string {
  return Buffer.from(stdout, "latin1").toString("utf8");
}

/** One line that git answers with. */
export function lineOf(stdout: string): string {
  return textOf(stdout).replace(/\r?\n$/, "");
}
