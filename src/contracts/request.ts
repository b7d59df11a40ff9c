import { z } from "zod";

export const REQUEST_KINDS = ["command", "file_change", "tool", "question"] as const;

/** Something that came up in a task and waits for an answer; `answer` says how it was closed, null while it is open. */
export const requestSchema = z.object({
  id: z.string(),
  task: z.string(),
  kind: z.enum(REQUEST_KINDS),
  summary: z.string(),
  detail: z.string(),
  options: z.array(z.string()),
  expires_at: z.string(),
  answer: z.string().nullable(),
});
export type Request = z.infer<typeof requestSchema>;
