import { z } from "zod";
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
  run: (frontEnd, { access = "write", isolation = "shared", with_changes, ...args }, call) =>
    startAndWait(frontEnd, call, args, { access, isolation: isolationOf({ isolation, with_changes }) }),
});

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
