import { z } from "zod";
import { defineTool } from "../tool.ts";
import { shownTask } from "../waiting.ts";

export const readTask = defineTool({
  name: "read_task",
  title: "Read a task of another agent",
  description:
    "Read where a task of another agent stands and what it has answered, without waiting. A long answer comes in " +
    "pieces: pass the `more.offset` of a result to get the next one; a long artifact likewise.",
  searchHint: "read agent task answer rest status",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  schema: z.strictObject({
    task: z.string().describe("Task id (t_…)."),
    offset: z.int().nonnegative().optional().describe("The answer from this code point on."),
    artifact_offset: z
      .int()
      .nonnegative()
      .optional()
      .describe("The file that the task has written, from this code point on (`artifact.more.offset`)."),
  }),
  run: async (frontEnd, { task, offset = 0, artifact_offset = 0 }) =>
    shownTask(frontEnd, await frontEnd.client.call("task.get", { task, artifact_offset }), {
      answer: offset,
      artifact: artifact_offset,
    }),
});
