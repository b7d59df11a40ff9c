import { z } from "zod";
import { fileChangeSchema } from "./task.ts";

/** A worktree of a task. `files`: how many differ from its base, as of the last task's end; null while that is not known. */
export const worktreeSchema = z.object({
  /** The newest task that worked in it. */
  task: z.string(),
  session: z.string(),
  branch: z.string(),
  /** The commit that it began from. */
  base: z.string(),
  path: z.string(),
  /** The top of the working tree that it was asked for in, into which it is applied. */
  repository: z.string(),
  files: z.int().nonnegative().nullable(),
  created_at: z.string(),
});
export type Worktree = z.infer<typeof worktreeSchema>;

/** With what was done in it, or applied of it; paths from the top of the repository on. */
export const worktreeWorkSchema = worktreeSchema.extend({ changes: z.array(fileChangeSchema) });
export type WorktreeWork = z.infer<typeof worktreeWorkSchema>;
