import { z } from "zod";
import { taskResult } from "../result.ts";
import { defineTool } from "../tool.ts";

export const steerTask = defineTool({
  name: "steer_task",
  title: "Add a message to a running task",
  description:
    "Tell an agent something while it works on a task: a correction, or what else to look at. It takes the message " +
    "into its running turn.",
  searchHint: "steer correct redirect running agent task message",
  annotations: { readOnlyHint: false, destructiveHint: false },
  schema: z.strictObject({
    task: z.string().describe("Task id (t_…)."),
    text: z.string().min(1).describe("The message."),
  }),
  run: async ({ client }, { task, text }) => taskResult(await client.call("task.steer", { task, text })),
});
