import { randomBytes } from "node:crypto";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import type { CommandContext } from "../context.ts";
import { branch, workingTree, type Changes } from "../review/changes.ts";
import { openGit } from "../review/git.ts";
import { reviewPrompt } from "../review/prompt.ts";
import { readPipedStdin } from "../stdin.ts";
import { askPanel, type PanelOptions } from "./panel.ts";

export interface ReviewOptions extends PanelOptions {
  /** A branch, or true for the default one. */
  readonly base?: string | true;
}

/** `baton review`: has the changes of a repository reviewed by several agents, which only read. */
export async function review(
  context: CommandContext,
  agents: string | undefined,
  focus: string | undefined,
  options: ReviewOptions,
): Promise<number> {
  const piped = await readPipedStdin();
  const changes = await changesOf(context, options, piped);
  const mark = randomBytes(8).toString("hex");
  const prompt = reviewPrompt({ changes, focus: focus ?? "", piped, mark });
  return askPanel(context, { agents, prompt }, options);
}

async function changesOf(
  { cwd, env }: CommandContext,
  { base, cwd: asked }: ReviewOptions,
  piped: string,
): Promise<Changes> {
  const isPiped = piped.trim() !== "";
  const git = await openGit(asked === undefined ? cwd : path.resolve(cwd, asked), env).catch(
    (error: unknown) => {
      if (isPiped && base === undefined) return null;
      throw error;
    },
  );
  if (git === null) return { what: "", files: [], isCut: false };
  const changes =
    base === undefined ? await workingTree(git) : await branch(git, base === true ? null : base);
  if (changes.files.length > 0 || isPiped) return changes;
  throw new BatonError("invalid_argument", `there is nothing to review: no changes ${changes.what}`, {
    hint:
      base === undefined
        ? "`baton review --base main` reviews the commits of a branch, `git show | baton review` what is piped in."
        : "Commit first, or leave --base out to review the working tree.",
  });
}
