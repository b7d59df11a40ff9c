import { z } from "zod";
import { artifactSchema } from "./artifact.ts";
import { attachmentSchema } from "./attachment.ts";
import { taskErrorSchema } from "./error.ts";

export const TASK_STATUSES = [
  "queued",
  "working",
  "input_required",
  "completed",
  "failed",
  "cancelled",
] as const;
export const taskStatusSchema = z.enum(TASK_STATUSES);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

const FINAL: ReadonlySet<TaskStatus> = new Set(["completed", "failed", "cancelled"]);

/** Whether nothing can happen to the task any more. */
export function isFinal(status: TaskStatus): boolean {
  return FINAL.has(status);
}

/** What a task may do: look, change the working directory, or everything the user's config allows. */
export const accessSchema = z.enum(["read", "write", "full"]);
export type Access = z.infer<typeof accessSchema>;

/** Tokens of one task alone, never of its whole conversation; `cost_usd` where the agent tells it. */
export const usageSchema = z.object({
  input_tokens: z.number().int().nonnegative(),
  cached_input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  cost_usd: z.number().nonnegative().nullable(),
  billed_to: z.enum(["subscription", "api_key", "unknown"]),
});
export type Usage = z.infer<typeof usageSchema>;

export const fileChangeSchema = z.object({
  path: z.string(),
  kind: z.enum(["add", "update", "delete"]),
});
export type FileChange = z.infer<typeof fileChangeSchema>;

/** Where in the delegations a task stands; `depth` counts them, the task's own included. */
export const lineageSchema = z.object({
  root: z.string(),
  parent: z.string().nullable(),
  depth: z.number().int().positive(),
});
export type Lineage = z.infer<typeof lineageSchema>;

const singleSchema = z.object({
  id: z.string(),
  session: z.string(),
  agent: z.string(),
  native_id: z.string().nullable(),
  status: taskStatusSchema,
  title: z.string(),
  prompt: z.string(),
  model: z.string().nullable(),
  effort: z.string().nullable(),
  attachments: z.array(attachmentSchema).readonly(),
  answer: z.string().nullable(),
  more: z.object({ offset: z.number().int(), remaining: z.number().int() }).nullable(),
  error: taskErrorSchema.nullable(),
  artifact: artifactSchema.nullable(),
  changes: z.array(fileChangeSchema),
  usage: usageSchema.nullable(),
  warnings: z.array(z.string()),
  lineage: lineageSchema,
  queue: z.object({ position: z.number().int().positive(), reason: z.string() }).nullable(),
  access: accessSchema,
  isolation: z.enum(["shared", "worktree"]),
  branch: z.string().nullable(),
  cwd: z.string(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
});

/**
 * The task as CLI, MCP and page show it. Timestamps are ISO 8601 UTC; `more` counts Unicode code points. Only a panel and a
 * relay have `children`: the tasks of its members in the order in which they were asked, then that of the synthesis; the
 * tasks of its steps, as far as they were begun.
 */
export const taskSchema = singleSchema.extend({
  children: z.array(singleSchema.extend({ children: z.null() })).nullable(),
});
export type Task = z.infer<typeof taskSchema>;
/** A task of a panel. */
export type ChildTask = NonNullable<Task["children"]>[number];
