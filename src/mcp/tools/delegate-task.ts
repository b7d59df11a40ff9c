import { z } from "zod";
import { defineTool } from "../tool.ts";
import { startAndWait, startShape } from "./start.ts";

export const delegateTask = defineTool({
  name: "delegate_task",
  title: "Hand work to another coding agent",
  description:
    "Hand work that changes files to another coding agent on this machine (Claude Code, Codex CLI or Gemini CLI): implement, fix, " +
    "refactor, write tests. It works in your directory and may change files there; the result lists what it changed. " +
    "To only ask something, use ask_agent. Long work returns as `working`; wait_tasks waits on, steer_task corrects it.",
  searchHint: "delegate hand over work task implement fix another coding agent codex claude gemini",
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  schema: z.strictObject({
    ...startShape,
    access: z
      .enum(["write", "full"])
      .optional()
      .describe("`write` (default): the working directory. `full`: only where the user's config allows it."),
    isolation: z.enum(["shared"]).optional().describe("`shared`: it works in the directory itself."),
  }),
  run: (frontEnd, { access = "write", ...args }, call) => startAndWait(frontEnd, call, args, access),
});
