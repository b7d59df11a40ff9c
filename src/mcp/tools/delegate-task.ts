import { z } from "zod";
import { artifactPathSchema, MAX_SECTIONS, sectionSchema, type Writes } from "../../contracts/artifact.ts";
import { MAX_ATTACHMENTS } from "../../contracts/attachment.ts";
import { BatonError } from "../../contracts/error.ts";
import type { Isolation } from "../../contracts/rpc.ts";
import { defineTool } from "../tool.ts";
import { startAndWait, startShape } from "./start.ts";

export const delegateTask = defineTool({
  name: "delegate_task",
  title: "Hand work to another coding agent",
  description:
    "Hand work that changes files to another coding agent on this machine (Claude Code, Codex CLI or Gemini CLI): implement, fix, " +
    "refactor, write tests. It works in your directory and may change files there; the result lists what it changed. " +
    "`reads` and `writes` make files the medium: it goes by the one and has to leave the other. " +
    'With `isolation: "worktree"` it works on a git branch of its own instead, next to others. ' +
    "To only ask something, use ask_agent. Long work returns as `working`; wait_tasks waits on, steer_task corrects it.",
  searchHint: "delegate hand over work task implement fix another coding agent codex claude gemini",
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  schema: z.strictObject({
    ...startShape,
    access: z
      .enum(["write", "full"])
      .optional()
      .describe("`write` (default): the working directory. `full`: only where the user's config allows it."),
    reads: z
      .array(z.string().min(1))
      .max(MAX_ATTACHMENTS)
      .optional()
      .describe(
        "Files in your workspace that the agent has to go by, such as PLAN.md. They have to be there.",
      ),
    writes: artifactPathSchema
      .optional()
      .describe(
        "A file that has to come of it, such as RESULT.md, relative to the directory of the task. It is checked afterwards, and the result has its content.",
      ),
    sections: z
      .array(sectionSchema)
      .max(MAX_SECTIONS)
      .optional()
      .describe(
        "The headings that the file of `writes` has to have; by default Summary, Changes and Deviations.",
      ),
    isolation: z
      .enum(["shared", "worktree"])
      .optional()
      .describe(
        "`shared` (default): it works in the directory itself. `worktree`: in a git worktree of its own, on a branch of its own; a person brings the work in with `baton apply`.",
      ),
    with_changes: z
      .boolean()
      .optional()
      .describe("With `worktree`: begin with the uncommitted changes of the directory too."),
  }),
  run: (
    frontEnd,
    { access = "write", isolation = "shared", with_changes, reads = [], writes, sections, ...args },
    call,
  ) =>
    startAndWait(frontEnd, call, args, {
      access,
      isolation: isolationOf({ isolation, with_changes }),
      reads,
      writes: writesOf(writes, sections),
    }),
});

function writesOf(path: string | undefined, sections: readonly string[] | undefined): Writes | null {
  if (path !== undefined)
    return { path, sections: sections === undefined ? null : [...sections], by: "agent", since: null };
  if (sections === undefined) return null;
  throw new BatonError("invalid_argument", "sections goes with writes", {
    hint: "`writes` names the file that is to have them.",
  });
}

function isolationOf({
  isolation,
  with_changes: withChanges = false,
}: {
  readonly isolation: Isolation["kind"];
  readonly with_changes: boolean | undefined;
}): Isolation {
  if (isolation === "worktree") return { kind: isolation, uncommitted: withChanges ? "taken" : "left" };
  if (!withChanges) return { kind: isolation };
  throw new BatonError("invalid_argument", "with_changes goes with isolation worktree", {
    hint: "In the directory itself the agent sees the changes anyway.",
  });
}
