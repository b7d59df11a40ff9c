import { z } from "zod";
import { defineTool } from "../tool.ts";
import { shownTask } from "../waiting.ts";

export const readTask = defineTool({
  name: "read_task",
  title: "Read a task of another agent",
  description:
    "Read where a task of another agent stands and what it has answered, without waiting. A long answer comes in " +
    "pieces: pass the `more.offset` of a result to get the next one.",
  searchHint: "read agent task answer rest status",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  schema: z.strictObject({
    task: z.string().describe("Task id (t_…)."),
    offset: z.int().nonnegative().optional().describe("The answer from this code point on."),
  }),
  run: async (frontEnd, { task, offset = 0 }) =>
    shownTask(frontEnd, await frontEnd.client.call("task.get", { task }), offset),
});
