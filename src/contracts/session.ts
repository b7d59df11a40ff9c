import { z } from "zod";
import { continuedFromSchema } from "./handoff.ts";

/** One conversation with one agent. `tasks` counts them; `live` says that a process of ours holds it now. */
export const sessionSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  agent: z.string(),
  native_id: z.string().nullable(),
  cwd: z.string(),
  title: z.string().nullable(),
  tasks: z.number().int().nonnegative(),
  live: z.boolean(),
  /** How the person opens it in the agent's own CLI; null until the agent has given it an id. */
  resume: z.object({ argv: z.array(z.string()), env: z.record(z.string(), z.string()) }).nullable(),
  /** The conversation that was handed over into this one; null where it is its own beginning. */
  continued_from: continuedFromSchema.nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;
