import { z } from "zod";
import { tasksResult } from "../result.ts";
import { defineTool } from "../tool.ts";
import { putToPerson, shownTask, waitWithProgress } from "../waiting.ts";

/** More of them would leave no room for their answers in one result. */
const MAX_TASKS = 10;

export const waitTasks = defineTool({
  name: "wait_tasks",
  title: "Wait for tasks of other agents",
  description:
    "Wait until tasks that other agents work on are finished, and get their answers. Returns early as `working` when " +
    "it takes longer than this client waits: call it again.",
  searchHint: "wait for agent task result answer background",
  annotations: { readOnlyHint: true, destructiveHint: false },
  schema: z.strictObject({
    tasks: z.array(z.string()).min(1).max(MAX_TASKS).describe("Task ids (t_…)."),
    mode: z.enum(["all", "any"]).optional().describe("Wait for all of them (default) or for any one."),
    wait_seconds: z.number().positive().optional().describe("Return after at most this long."),
  }),
  run: async (frontEnd, args, call) => {
    const { tasks, mode = "all", wait_seconds: waitSeconds = null } = args;
    putToPerson(frontEnd.client, call, tasks);
    const request = { tasks, mode, until: "attention", waitSeconds } as const;
    const items = await waitWithProgress(frontEnd, call, request);
    const [only] = items;
    return items.length === 1 && only !== undefined ? shownTask(frontEnd, only) : tasksResult(items, mode);
  },
});
