import { z } from "zod";

/** How much of an allowance of an account is used up, as its agent tells it. */
export const rateLimitSchema = z.object({
  agent: z.string(),
  /** The agent's word for the span it counts over, such as `5h` or `weekly`. */
  window: z.string(),
  used_percent: z.number().nullable(),
  /** When it begins anew. */
  resets_at: z.string().nullable(),
  /** When the agent said so. */
  at: z.string(),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;
