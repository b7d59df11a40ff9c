import { z } from "zod";
import { taskResult } from "../result.ts";
import { defineTool } from "../tool.ts";

export const cancelTask = defineTool({
  name: "cancel_task",
  title: "Cancel a task of another agent",
  description:
    "End a task that another agent works on, and everything that it has started. Its session stays.",
  searchHint: "cancel stop abort agent task",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  schema: z.strictObject({ task: z.string().describe("Task id (t_…).") }),
  run: async ({ client }, { task }) => taskResult(await client.call("task.cancel", { task })),
});
