import { z } from "zod";
import { sessionSchema } from "./session.ts";

/**
 * A conversation that an agent has on disk. `session` and `name` are ours, null for one that Baton did not begin or take
 * over; `bytes` is the size of its file, `turns` counts the person's prompts; `live`: a process has it open now, as far as
 * the system tells. Times: when it was begun, and when its file was last changed.
 */
export const nativeSessionSchema = z.object({
  agent: z.string(),
  native_id: z.string(),
  session: z.string().nullable(),
  name: z.string().nullable(),
  title: z.string().nullable(),
  cwd: z.string().nullable(),
  branch: z.string().nullable(),
  model: z.string().nullable(),
  turns: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  live: z.boolean(),
  resume: sessionSchema.shape.resume,
  /** Absolute path. */
  file: z.string(),
  created_at: z.string().nullable(),
  updated_at: z.string(),
});
export type NativeSessionView = z.infer<typeof nativeSessionSchema>;
