import { z } from "zod";

/** One thing that `baton doctor` has found out: a stable code, a sentence, and the command that mends it. */
export const findingSchema = z.object({
  code: z.string().regex(/^[a-z][a-z0-9_]*$/),
  level: z.enum(["ok", "warn", "fail"]),
  message: z.string(),
  fix: z.string().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;
export type FindingLevel = Finding["level"];
